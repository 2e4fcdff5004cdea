// How each package manager installs the packed tarballs, for as long as no registry has the packages.
import type { Tarball } from "./pack.ts";

export const MANAGERS = ["npm", "pnpm", "yarn", "bun", "deno"] as const;
export type Manager = (typeof MANAGERS)[number];

interface Way {
  /** The fields of package.json that must name the files before the manager runs. */
  readonly fields: readonly string[];
  readonly command: string;
  /** Whether the files are named to the manager itself. */
  readonly files: boolean;
}

const BY_NPM: Way = { fields: [], command: "npm install", files: true };

const WAYS: Readonly<Record<Manager, Way>> = {
  npm: BY_NPM,
  pnpm: { fields: ["pnpm.overrides"], command: "pnpm add", files: true },
  // `yarn add` ignores resolutions for what it adds
  yarn: { fields: ["resolutions", "dependencies"], command: "yarn install", files: false },
  bun: { fields: ["overrides"], command: "bun add", files: true },
  // Deno installs no tarballs. It runs what npm has installed, with --node-modules-dir=manual.
  deno: BY_NPM,
};

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * The shell command that installs these tarballs in the current folder.
 *
 * The tarballs depend on each other by version. npm sees that the versions are at hand; pnpm, yarn and bun ask a registry
 * for them, unless package.json names the files as substitutes.
 */
export function installLine(manager: Manager, tarballs: readonly Pick<Tarball, "name" | "path">[]): string {
  const { fields, command, files } = WAYS[manager];
  const settings = fields.flatMap((field) =>
    tarballs.map(({ name, path }) => quoted(`${field}.@puredave/${name}=file:${path}`)),
  );
  const prepare = settings.length === 0 ? "" : `npm pkg set ${settings.join(" ")} && `;
  const named = files ? tarballs.map(({ path }) => ` ${quoted(`file:${path}`)}`).join("") : "";
  return `${prepare}${command}${named}`;
}
