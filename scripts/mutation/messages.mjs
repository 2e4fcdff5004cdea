// Stryker plug-in: mutants in the wording of errors are left out. What an error says to people no test should pin down;
// its code, rule and path are counted like everything else.
const WORDED = new Set(["misuse", "abytes", "auint", "InternalError"]);

/** The last argument of `misuse(…, "wording")`, `new InternalError("wording")` and their kin. */
const isWording = ({ node, parent, parentPath }) =>
  (node.type === "StringLiteral" || node.type === "TemplateLiteral") &&
  (parent?.type === "CallExpression" || parent?.type === "NewExpression") &&
  WORDED.has(parent.callee.name) &&
  (parent.callee.name === "InternalError" || parent.arguments.indexOf(node) === 1) &&
  parentPath !== null;

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "messages",
    value: { shouldIgnore: (path) => (isWording(path) ? "the wording of an error" : undefined) },
  },
];
