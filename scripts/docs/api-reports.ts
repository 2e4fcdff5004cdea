// API reports: the public surface of each library as one text, so that a change of it is seen as a change of a file.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

/** Report by library: those whose surface is a promise. `@puredave/mls/internals` makes none. */
export const REPORTED = ["dave", "frame-crypto", "mls"] as const;

export const reportPath = (root: string, name: string): string =>
  join(root, "packages", name, "api", `${name}.api.md`);

const quiet = { logLevel: ExtractorLogLevel.None, addToApiReportFile: false };

function configOf(root: string, name: string, folder: string): ExtractorConfig {
  const projectFolder = join(root, "packages", name);
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, "package.json"),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: join(projectFolder, "dist", "index.d.ts"),
      newlineKind: "lf",
      apiReport: {
        enabled: true,
        reportFolder: folder,
        reportTempFolder: folder,
        reportFileName: `${name}.api.md`,
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

/** The report of a library as its build's declarations say. */
export function apiReport(root: string, name: string): string {
  const folder = join(root, "node_modules/.cache/puredave/api", String(process.pid), name);
  mkdirSync(folder, { recursive: true });
  Extractor.invoke(configOf(root, name, folder), {
    localBuild: true,
    showVerboseMessages: false,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  return readFileSync(join(folder, `${name}.api.md`), "utf8");
}
