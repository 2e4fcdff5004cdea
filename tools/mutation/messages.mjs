// Stryker plug-in: mutants in the wording of errors are left out. What an error says to people no test should pin down;
// its code, rule and path are counted like everything else.
/** Which argument is wording. */
const WORDED = { misuse: 1, abytes: 1, auint: 1, MlsError: 1, InternalError: 0 };

const isWording = ({ node, parent }) =>
  (node.type === "StringLiteral" || node.type === "TemplateLiteral") &&
  (parent?.type === "CallExpression" || parent?.type === "NewExpression") &&
  parent.arguments.indexOf(node) === WORDED[parent.callee.name];

export const strykerPlugins = [
  {
    kind: "Ignore",
    name: "messages",
    value: { shouldIgnore: (path) => (isWording(path) ? "the wording of an error" : undefined) },
  },
];
