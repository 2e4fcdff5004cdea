// The API reference by TypeDoc: built into docs/api (not kept), and complete or it fails.
import { Application, LogLevel, type ProjectReflection } from "typedoc";

/** Members of an object type inside another type: what they are is said by the type that holds them. */
const INSIDE_A_TYPE = /\.__type\.\S+ \((?:Property|CallSignature)\)/;

export interface Reference {
  readonly project: ProjectReflection | undefined;
  /** Names without documentation, dead links, doc comments that do not fit what they describe. */
  readonly faults: readonly string[];
  write(folder: string): Promise<void>;
}

export async function apiReference(root: string): Promise<Reference> {
  const app = await Application.bootstrap({ options: `${root}/typedoc.json` });
  const faults: string[] = [];
  app.logger.log = (message, level) => {
    if (level >= LogLevel.Warn && !INSIDE_A_TYPE.test(message)) faults.push(message);
  };
  const project = await app.convert();
  if (project !== undefined) app.validate(project);
  return {
    project,
    faults,
    write: async (folder) => {
      if (project !== undefined) await app.generateDocs(project, folder);
    },
  };
}
