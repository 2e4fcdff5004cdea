// The release is ready but not run: changesets read, workflows parse, and nothing publishes before actions are pinned.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly needs?: string;
  readonly if?: boolean;
  readonly permissions?: Record<string, string>;
  readonly "timeout-minutes": number;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: Record<string, string>;
  readonly jobs: Record<string, Job>;
}
const workflow = (name: string): Workflow => parse(read(`.github/workflows/${name}`)) as Workflow;
const workflows = readdirSync(join(root, ".github/workflows"));
const packages = readdirSync(join(root, "packages"));

const place = mkdtempSync(join(tmpdir(), "changesets-"));
afterAll(() => rmSync(place, { recursive: true }));

/** As much of the repository as changesets read: nothing is changed in the repository itself. */
function copyOfManifests(): void {
  for (const file of ["package.json", "pnpm-workspace.yaml", ".changeset/config.json"])
    cpSync(join(root, file), join(place, file));
  for (const name of packages) {
    mkdirSync(join(place, "packages", name), { recursive: true });
    for (const file of ["package.json", "CHANGELOG.md"])
      cpSync(join(root, "packages", name, file), join(place, "packages", name, file));
  }
}

describe("changesets", () => {
  it("raise all packages together, and write their changelogs", () => {
    copyOfManifests();
    writeFileSync(join(place, ".changeset/one.md"), '---\n"@puredave/mls": minor\n---\n\nA new name.\n');
    const cli = join(root, "node_modules/@changesets/cli/bin.js");
    const changeset = (...words: string[]): string =>
      execFileSync(process.execPath, [cli, ...words], { cwd: place, encoding: "utf8", stdio: "pipe" });
    execFileSync(
      "sh",
      ["-c", "git init -q -b main . && git add -A && git -c user.name=a -c user.email=a@b commit -qm a"],
      {
        cwd: place,
      },
    );
    changeset("status", "--output=status.json");
    const { releases } = JSON.parse(readFileSync(join(place, "status.json"), "utf8")) as {
      releases: { name: string; newVersion: string }[];
    };
    expect(releases.map(({ name }) => name).sort()).toEqual(
      packages.map((name) => `@puredave/${name}`).sort(),
    );
    expect(new Set(releases.map(({ newVersion }) => newVersion)).size).toBe(1);
    changeset("version");
    const changelog = readFileSync(join(place, "packages/mls/CHANGELOG.md"), "utf8");
    expect(changelog).toContain(`## ${releases[0]!.newVersion}\n`);
    expect(changelog).toContain("A new name.");
  });

  it.each(packages)("%s has its version in its changelog", (name) => {
    const { version } = JSON.parse(read(`packages/${name}/package.json`)) as { version: string };
    expect(read(`packages/${name}/CHANGELOG.md`)).toContain(`\n## ${version}\n`);
  });
});

describe("workflows", () => {
  it.each(workflows)("%s has read-only rights, limits, and no secret", (name) => {
    const { permissions, jobs } = workflow(name);
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
    expect(read(`.github/workflows/${name}`)).not.toMatch(/secrets\.|_TOKEN/);
  });

  it("CI runs .ci/run", () => {
    expect(workflow("ci.yml").jobs.ci!.steps.map(({ run }) => run)).toContain(".ci/run");
  });

  it("publishes with provenance, behind the check of pins, and only once that is done", () => {
    const { pinned, release } = workflow("release.yml").jobs;
    expect(release).toMatchObject({ needs: "pinned", permissions: { "id-token": "write" } });
    const publish = release!.steps.filter(({ run }) => run?.includes("npm publish"));
    for (const { run } of publish) expect(run).toContain("--provenance");
    const uses = workflows.flatMap((name) =>
      Object.values(workflow(name).jobs).flatMap(({ steps }) =>
        steps.flatMap(({ uses: action }) => action ?? []),
      ),
    );
    const unpinned = uses.filter((action) => !/@[0-9a-f]{40}$/.test(action));
    if (unpinned.length > 0) expect(release!.if).toBe(false);
    // the very check that the workflow runs, on the workflows as they are
    const check = pinned!.steps.find(({ run }) => run !== undefined)!.run!;
    const ran = (): string => execFileSync("sh", ["-c", check], { cwd: root, encoding: "utf8" });
    if (unpinned.length > 0) expect(ran).toThrow();
    else expect(ran()).toBe("");
  });
});
