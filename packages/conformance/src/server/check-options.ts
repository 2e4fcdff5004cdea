// What a voice server refuses: options that there are not, and values that no knob can have.
import { DaveError } from "@puredave/dave/voice";
import type { VoiceServerOptions } from "./options.ts";
import { CONTROL, GATEWAY, LIMIT, MEDIA, PLAIN, type Range, RTP, USER_ID } from "./ranges.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A short plain value, or its kind. */
function shown(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  if (value === undefined) return "undefined";
  if (typeof value === "string") return /^[\w.:-]{1,40}$/.test(value) ? value : "a string of another form";
  return typeof value === "object" ? Object.prototype.toString.call(value).slice(8, -1) : `a ${typeof value}`;
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new DaveError("invalid-argument", `${name}: expected ${expected}, got ${shown(value)}`);
}

/** Refuses a value that is not within its range. @throws {@link DaveError} `invalid-argument` */
export function checkValue(name: string, { holds, expected }: Range, value: unknown): void {
  if (!holds(value)) refuse(name, expected, value);
}

function fieldsOf(name: string, value: unknown): Fields {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Fields) : refuse(name, "an object", value);
}

function checkNames(name: string, fields: Fields, known: readonly string[]): void {
  for (const field of Object.keys(fields))
    if (!known.includes(field)) refuse(name, `one of ${known.join(", ")}`, field);
}

/** Fields that are absent or undefined stand for the default. */
function checkGroup(name: string, value: unknown, ranges: Readonly<Record<string, Range>>): void {
  if (value === undefined) return;
  const fields = fieldsOf(name, value);
  checkNames(name, fields, Object.keys(ranges));
  for (const [field, range] of Object.entries(ranges))
    if (fields[field] !== undefined) checkValue(`${name}.${field}`, range, fields[field]);
  const { minDelayMs, maxDelayMs } = fields as { minDelayMs?: number; maxDelayMs?: number };
  if (minDelayMs !== undefined && maxDelayMs !== undefined && minDelayMs > maxDelayMs)
    refuse(`${name}.maxDelayMs`, `minDelayMs (${minDelayMs}) or more`, maxDelayMs);
}

function checkPaths(name: string, value: unknown): void {
  if (value === undefined) return;
  const fields = fieldsOf(name, value);
  checkNames(name, fields, ["control", "media"]);
  checkGroup(`${name}.control`, fields.control, CONTROL);
  checkGroup(`${name}.media`, fields.media, MEDIA);
}

function checkClients(value: unknown): void {
  if (value === undefined) return;
  for (const [userId, paths] of Object.entries(fieldsOf("clients", value))) {
    checkValue("clients", USER_ID, userId);
    checkPaths(`clients.${userId}`, paths);
  }
}

const NAMES = [...Object.keys(PLAIN), "knobs", "paths", "clients", "rtp", "limits"];

/** Refuses what makes no sense. @throws {@link DaveError} `invalid-argument` */
export function checkServerOptions(options: VoiceServerOptions): void {
  const fields = fieldsOf("options", options);
  checkNames("options", fields, NAMES);
  for (const [name, range] of Object.entries(PLAIN))
    if (fields[name] !== undefined) checkValue(name, range, fields[name]);
  checkGroup("knobs", fields.knobs, GATEWAY);
  checkPaths("paths", fields.paths);
  checkClients(fields.clients);
  checkGroup("rtp", fields.rtp, RTP);
  checkGroup("limits", fields.limits, LIMIT);
}
