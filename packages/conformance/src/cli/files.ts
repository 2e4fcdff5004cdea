// The vectors that commands work on
import { liveFiles, SUITE_NAMES } from "../suites/index.ts";
import { readVectorFolder, type VectorFile, vectorsFolder } from "../vectors/files.ts";

/** A folder of the caller's, or everything there is: the shipped vectors and the live suites' cases. */
export const filesOf = ({ vectors }: { readonly vectors?: string }): readonly VectorFile[] =>
  vectors
    ? readVectorFolder(vectors, SUITE_NAMES)
    : [...readVectorFolder(vectorsFolder(), SUITE_NAMES), ...liveFiles()];
