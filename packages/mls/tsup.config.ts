import { build } from "../../tsup.base.ts";

export default build({ index: "src/index.ts", internals: "src/internals.ts", rules: "src/rules.ts" });
