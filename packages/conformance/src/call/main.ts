#!/usr/bin/env node
// Entry of `npm start`.
import { runCall } from "./index.ts";

process.exitCode = await runCall(process.argv.slice(2));
