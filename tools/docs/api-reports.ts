// API reports: the public surface of each library as one text, so that a change of it is seen as a change of a file.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

/** A published door whose surface is a promise; `@puredave/mls/internals` makes none. */
export interface Door {
  readonly name: string;
  readonly entry: string;
}

export const DOORS: readonly Door[] = [
  { name: "dave", entry: "index" },
  { name: "dave", entry: "protocol" },
  { name: "dave", entry: "testing" },
  { name: "dave", entry: "transform" },
  { name: "dave", entry: "voice" },
  { name: "frame-crypto", entry: "index" },
  { name: "mls", entry: "index" },
  { name: "mls", entry: "rules" },
];

const fileOf = ({ name, entry }: Door): string => `${entry === "index" ? name : entry}.api.md`;

export const reportPath = (root: string, door: Door): string =>
  join(root, "packages", door.name, "api", fileOf(door));

const quiet = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };

function configOf(root: string, door: Door, folder: string): ExtractorConfig {
  const projectFolder = join(root, "packages", door.name);
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, "package.json"),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: join(projectFolder, "dist", `${door.entry}.d.ts`),
      newlineKind: "lf",
      apiReport: {
        enabled: true,
        reportFolder: folder,
        reportTempFolder: folder,
        reportFileName: fileOf(door),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      compiler: {
        overrideTsconfig: {
          extends: join(root, "tsconfig.base.json"),
          compilerOptions: { lib: ["ES2022", "ESNext.Disposable"], skipLibCheck: true, types: [] },
          include: [join(projectFolder, "dist", "*.d.ts")],
        },
        skipLibCheck: true,
      },
      messages: {
        compilerMessageReporting: { default: quiet },
        extractorMessageReporting: { default: quiet },
        tsdocMessageReporting: { default: quiet },
      },
    },
  });
}

/** The report of a door as its build's declarations say. */
export function apiReport(root: string, door: Door): string {
  const folder = join(root, "node_modules/.cache/puredave/api", String(process.pid), door.name);
  mkdirSync(folder, { recursive: true });
  Extractor.invoke(configOf(root, door, folder), {
    localBuild: true,
    showVerboseMessages: false,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  return readFileSync(join(folder, fileOf(door)), "utf8");
}
