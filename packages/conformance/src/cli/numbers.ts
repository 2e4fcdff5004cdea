// Numbers on the command line
import { InvalidArgumentError } from "commander";

/** A whole number from 0 on; anything else is one line of commander's, naming the option. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("It must be a whole number from 0 on.");
  return value;
}
