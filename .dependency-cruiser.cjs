/** Arrows between packages and the shape inside them. conformance → dave → {mls, frame-crypto}. */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "mls-knows-nobody",
      severity: "error",
      from: { path: "^packages/mls/src" },
      to: { path: "^packages/(frame-crypto|dave|conformance)/|@puredave/" },
    },
    {
      name: "frame-crypto-knows-nobody",
      severity: "error",
      from: { path: "^packages/frame-crypto/src" },
      to: { path: "^packages/(mls|dave|conformance)/|@puredave/" },
    },
    {
      name: "dave-knows-not-its-users",
      severity: "error",
      from: { path: "^packages/dave/src" },
      to: { path: "^packages/conformance/|@puredave/conformance" },
    },
    {
      name: "testing-is-a-door-of-its-own",
      comment: "What bots load does not hold the gateway that tests use.",
      severity: "error",
      from: { path: "^packages/dave/src/(?!testing(/|\\.ts$))" },
      to: { path: "^packages/dave/src/testing(/|\\.ts$)" },
    },
    {
      name: "doors-only",
      comment: "A package is entered by a published door, not by a file behind it.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src" },
      to: {
        path: "^packages/([^/]+)/src/(?!(index|internals|protocol|rules|testing|voice)\\.ts$)",
        pathNot: "^packages/$1/",
      },
    },
    {
      name: "libraries-run-on-noble-alone",
      severity: "error",
      from: { path: "^packages/(mls|frame-crypto|dave)/src" },
      to: { dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer"], pathNot: "/@noble/" },
    },
    {
      name: "libraries-know-no-platform",
      severity: "error",
      from: { path: "^packages/(mls|frame-crypto|dave)/src" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "source-does-not-import-tests",
      severity: "error",
      from: { path: "^packages/[^/]+/src" },
      to: { path: "/(test|bench|fuzz)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
    },
  },
};
