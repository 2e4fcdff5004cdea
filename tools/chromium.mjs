// Finds Chromium, or gets it from Debian where that is allowed, and starts it under playwright-core.
// On the command line: prints the path and version, or `not available: …` with exit code 3.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Chromium was looked for and is not to be had: nothing that needs it has passed. */
export class NotAvailable extends Error {}

/** The path of a Chromium that is installed: $CHROMIUM, else the first of its usual names on the path. */
export function findChromium() {
  const { CHROMIUM, PATH = "" } = process.env;
  if (CHROMIUM !== undefined && CHROMIUM !== "") return existsSync(CHROMIUM) ? CHROMIUM : undefined;
  const folders = [...PATH.split(delimiter), "/usr/bin"];
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) =>
    existsSync(file),
  );
}

function apt(...words) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status } = spawnSync("apt-get", ["-qq", ...words], { env, stdio: "ignore", timeout: 300_000 });
  return status === 0;
}

/**
 * The path of a Chromium, installed by apt-get when this process is root on Debian and none is there.
 *
 * @throws {@link NotAvailable} with the reason
 */
export function requireChromium() {
  const found = findChromium();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0)
    throw new NotAvailable("no chromium is installed, and only root can install it");
  const install = ["install", "-y", "--no-install-recommends", "chromium"];
  if (!apt(...install) && !(apt("update") && apt(...install)))
    throw new NotAvailable("no chromium is installed, and apt-get could not install it");
  const installed = findChromium();
  if (installed === undefined) throw new NotAvailable("apt-get installed no chromium");
  return installed;
}

/** Runs in any container, and asks nobody on the network about anything. */
const FLAGS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-dev-shm-usage",
];

/**
 * Starts Chromium without a window; the caller closes it.
 *
 * @param {{ executablePath?: string, args?: string[] }} [options] by default the one that `requireChromium` finds
 * @returns {Promise<import("playwright-core").Browser>}
 */
export async function launchChromium({ executablePath = requireChromium(), args = [] } = {}) {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: [...FLAGS, ...args], headless: true, timeout: 60_000 });
}

// by name: a bundle that holds this module is another program
if (basename(process.argv[1] ?? "") === "chromium.mjs") {
  try {
    const file = requireChromium();
    const { stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
    console.log(`${file}: ${stdout.trim()}`);
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    console.log(`not available: ${error.message}`);
    process.exitCode = 3;
  }
}
