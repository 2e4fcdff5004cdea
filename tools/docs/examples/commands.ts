// Commands in documents: the scripts, packages, subcommands and options that they name exist.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Commands of others, which this check has no opinion on. */
const FOREIGN = new Set(["node", "deno", "bun", "git", "cd", "python3", "export"]);
/** Packages of others that a reader is asked to install. */
const FOREIGN_PACKAGES = new Set(["ws"]);
const INSTALL = /^(?:npm (?:install|i)|pnpm add|bun add|deno add) (.+)$/;
const SCRIPT = /^npm (?:run )?(start|test|[a-z][a-z0-9:-]*)\b(?: (?:--silent ))?(.*)$/;
const CONFORMANCE =
  /^(?:npm run (?:-s |--silent )?conformance --|npx (?:@puredave\/|puredave-)conformance)(.*)$/;

const manifest = (root: string, folder: string): { name: string; scripts: Record<string, string> } =>
  JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));

export class CommandCheck {
  readonly #root: string;
  readonly #scripts: Record<string, string>;
  readonly #packages: ReadonlySet<string>;
  readonly #help = new Map<string, string>();
  #cli: string | undefined;

  constructor(root: string) {
    this.#root = root;
    this.#scripts = manifest(root, ".").scripts;
    this.#packages = new Set(
      readdirSync(join(root, "packages")).map((name) => manifest(root, join("packages", name)).name),
    );
  }

  /** What is wrong with a line; `undefined`: nothing. */
  fault(line: string): string | undefined {
    const [, words] = CONFORMANCE.exec(line) ?? [];
    if (words !== undefined) return this.#conformanceFault(words.trim());
    const [, installed] = INSTALL.exec(line) ?? [];
    if (installed !== undefined) return this.#installFault(installed.split(/\s+/));
    const [, script] = SCRIPT.exec(line) ?? [];
    if (script !== undefined) return script in this.#scripts ? undefined : `no script ${script}`;
    return FOREIGN.has(line.split(/\s/)[0]!) ? undefined : "not understood";
  }

  #installFault(names: readonly string[]): string | undefined {
    // a tarball is named as npm packs it: ./puredave-dave-0.1.0.tgz
    const packages = names.map((name) =>
      name.replace(/^npm:/, "").replace(/^\.\/puredave-([a-z-]+)-\*\.tgz$/, "@puredave/$1"),
    );
    const unknown = packages.find((name) => !this.#packages.has(name) && !FOREIGN_PACKAGES.has(name));
    return unknown === undefined ? undefined : `no package ${unknown}`;
  }

  #conformanceFault(words: string): string | undefined {
    const command = /^[a-z]+/.exec(words)?.[0] ?? "";
    const help = this.#helpOf(command);
    if (help === undefined) return `no command ${command}`;
    const options = words.replaceAll(/"[^"]*"/g, "").match(/--[a-z-]+/g) ?? [];
    const unknown = options.find((option) => option !== "--help" && !help.includes(option));
    return unknown === undefined ? undefined : `${command} has no ${unknown}`;
  }

  #helpOf(command: string): string | undefined {
    const known = this.#help.get(command);
    if (known !== undefined) return known;
    const words = command === "" ? ["--help"] : [command, "--help"];
    const help = execFileSync(process.execPath, [this.#program(), ...words], { encoding: "utf8" });
    if (command !== "" && !help.split("\n")[0]!.includes(` ${command} `)) return undefined;
    this.#help.set(command, help);
    return help;
  }

  #program(): string {
    if (this.#cli !== undefined) return this.#cli;
    const outfile = join(
      this.#root,
      "packages/conformance/node_modules/.cache",
      `cli-help-${process.pid}.mjs`,
    );
    // where the CLI finds its own package.json above it
    const entry = "packages/conformance/src/cli.ts";
    execFileSync(process.execPath, ["tools/bundle.mjs", entry, outfile], { cwd: this.#root });
    this.#cli = outfile;
    return outfile;
  }
}
