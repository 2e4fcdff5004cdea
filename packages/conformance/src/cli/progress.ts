// Progress of long work: on a terminal one line that renews itself, elsewhere a line now and then
import { createLogUpdate } from "log-update";

const EVERY_MS = 80;

/** Milliseconds between two lines where there is no terminal. */
const LINE_EVERY_MS = 5000;

export interface Progress {
  show(text: string): void;
  /** A line that stays. */
  tell(text: string): void;
  done(): void;
}

/** For logs: every line stays. */
function lines(stream: NodeJS.WriteStream): Progress {
  let last = Date.now();
  const tell = (text: string) => void stream.write(`${text}\n`);
  return {
    show(text) {
      if (Date.now() - last < LINE_EVERY_MS) return;
      last = Date.now();
      tell(text);
    },
    tell,
    done: () => {},
  };
}

export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return lines(stream);
  const update = createLogUpdate(stream);
  let last = 0;
  return {
    show(text) {
      const now = Date.now();
      if (now - last < EVERY_MS) return;
      last = now;
      update(text);
    },
    // what stays is the table at the end
    tell: () => {},
    done: () => update.clear(),
  };
}
