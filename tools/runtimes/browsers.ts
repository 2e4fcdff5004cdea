// Chromium, in a page and in a dedicated worker, over http: from about:blank a module worker would hang
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { findChromium, launchChromium, NotAvailable as NoChromium, requireChromium } from "../chromium.mjs";
import { NotAvailable } from "../packaging/tools.ts";
import { bundle } from "./build.ts";
import { LIMIT_MS, within } from "./processes.ts";
import type { Runtime } from "./runtime.ts";
import type { SuiteReport } from "./suite/report.ts";

const IN_PAGE = `new Promise((resolve, reject) => {
  globalThis.resolveReport = resolve;
  import("/suite.js").catch(reject);
})`;
const IN_WORKER = `new Promise((resolve, reject) => {
  const worker = new Worker("/suite.js", { type: "module" });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})`;

function serve(script: string): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    const isScript = request.url === "/suite.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : "<!doctype html><title>suite</title>");
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({ server, origin: `http://127.0.0.1:${port}` });
    });
  });
}

/** Installs one only where that is welcome: in CI, or when PUREDAVE_INSTALL says so. */
function chromium(): string {
  const mayInstall = process.env.CI === "true" || process.env.PUREDAVE_INSTALL === "1";
  const found = mayInstall ? requireOr() : findChromium();
  if (found === undefined) throw new NotAvailable("no chromium is installed; --install lets root get it");
  return found;
}

function requireOr(): string {
  try {
    return requireChromium();
  } catch (error) {
    throw error instanceof NoChromium ? new NotAvailable(error.message) : error;
  }
}

const browser = (id: string, title: string, expression: string): Runtime => ({
  id,
  title,
  async run({ installed, folder }) {
    const executablePath = chromium();
    const outfile = join(folder, "suite.js");
    await bundle({ entry: "hosts/browser.ts", outfile, installed, options: { platform: "browser" } });
    const { server, origin } = await serve(readFileSync(outfile, "utf8"));
    const started = await launchChromium({ executablePath });
    try {
      const page = await started.newPage();
      await page.goto(origin);
      const report = (await within(page.evaluate(expression), LIMIT_MS)) as SuiteReport;
      return { version: started.version(), report };
    } finally {
      await started.close();
      server.close();
    }
  },
});

export const BROWSERS: readonly Runtime[] = [
  browser("chromium", "Chromium, page", IN_PAGE),
  browser("chromium-worker", "Chromium, worker", IN_WORKER),
];
