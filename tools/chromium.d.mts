import type { Browser } from "playwright-core";

/** Chromium was looked for and is not to be had: nothing that needs it has passed. */
export class NotAvailable extends Error {}
export function findChromium(): string | undefined;
export function requireChromium(): string;
export function launchChromium(options?: { executablePath?: string; args?: string[] }): Promise<Browser>;
