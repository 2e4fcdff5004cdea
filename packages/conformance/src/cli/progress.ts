// Progress of long work: one line that renews itself, on a terminal only
import { createLogUpdate } from "log-update";

const EVERY_MS = 80;

export interface Progress {
  show(text: string): void;
  done(): void;
}

export function progress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { show: () => {}, done: () => {} };
  const update = createLogUpdate(stream);
  let last = 0;
  return {
    show(text) {
      const now = Date.now();
      if (now - last < EVERY_MS) return;
      last = now;
      update(text);
    },
    done: () => update.clear(),
  };
}
