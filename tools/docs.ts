// npm run docs: writes every generated document. `npm test` compares them instead.
import { readFileSync, writeFileSync } from "node:fs";
import { auditGuide, securityDocument } from "./claims/documents.ts";
import { errorsDocument } from "./docs/errors.ts";
import { fieldLessonsDocument } from "./docs/field-lessons.ts";
import { withRuleTable } from "./docs/rules.ts";
import { writeSuitePages } from "./docs/suites.ts";
import { transitionsDocument } from "./docs/transitions.ts";

writeFileSync("docs/transitions.md", transitionsDocument());
writeFileSync("docs/protocol.md", withRuleTable(".", readFileSync("docs/protocol.md", "utf8")));
writeFileSync("docs/field-lessons.md", fieldLessonsDocument("."));
writeFileSync("docs/errors.md", errorsDocument("."));
writeSuitePages(".");
writeFileSync("docs/security.md", securityDocument(readFileSync("docs/security.md", "utf8")));
writeFileSync("docs/audit-guide.md", auditGuide(".", readFileSync("docs/audit-guide.md", "utf8")));
