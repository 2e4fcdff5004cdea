import { build } from "../../tsup.base.ts";

export default build({
  index: "src/index.ts",
  protocol: "src/protocol.ts",
  testing: "src/testing.ts",
  transform: "src/transform.ts",
  voice: "src/voice.ts",
});
