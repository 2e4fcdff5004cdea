// Where results go: folders and files are made and tried before any work is done, so that nothing is lost at its end
import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Why results cannot be written there; the message names the option and the path. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One level after the other: below /proc, Node's recursive `mkdir` never comes to an end. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

function attempt(option: string, path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new OutputError(`${option} ${path}: ${reasonOf(error)}`);
  }
}

function writableFolder(option: string, path: string, folder: string): void {
  attempt(option, path, () => makeFolder(folder));
  if (!statSync(folder).isDirectory()) throw new OutputError(`${option} ${path}: ${folder} is not a folder`);
  attempt(option, path, () => accessSync(folder, constants.W_OK));
}

/** Makes a folder for results. @throws {@link OutputError} when nothing can be written there */
export function prepareFolder(option: string, path: string): void {
  writableFolder(option, path, resolve(path));
}

/** Makes the folder of a file for results. @throws {@link OutputError} when the file cannot be written */
export function prepareFile(option: string, path: string): void {
  const file = resolve(path);
  writableFolder(option, path, dirname(file));
  if (!existsSync(file)) return;
  if (statSync(file).isDirectory()) throw new OutputError(`${option} ${path}: is a folder`);
  attempt(option, path, () => accessSync(file, constants.W_OK));
}

/** Prepares whatever of these was asked for. */
export function prepareOutputs(outputs: {
  readonly folders?: Readonly<Record<string, string | undefined>>;
  readonly files?: Readonly<Record<string, string | undefined>>;
}): void {
  for (const [option, path] of Object.entries(outputs.folders ?? {}))
    if (path !== undefined) prepareFolder(option, path);
  for (const [option, path] of Object.entries(outputs.files ?? {}))
    if (path !== undefined) prepareFile(option, path);
}
