// A slow twin of K7.

/** K7 as it is written: a set of what was skipped, cut to its 1000 newest. */
export class ReferenceWindow {
  newest = -1;
  skipped: number[] = [];
  readonly floor: "start" | "first";
  constructor(floor: "start" | "first") {
    this.floor = floor;
  }
  take(counter: number): boolean {
    if (counter > this.newest) {
      const from = this.newest < 0 && this.floor === "first" ? counter : this.newest + 1;
      // What lies further back than 1000 would be cut off again at once.
      for (let i = Math.max(from, counter - 1000); i < counter; i++) this.skipped.push(i);
      this.skipped = this.skipped.slice(-1000);
      this.newest = counter;
      return true;
    }
    const at = this.skipped.indexOf(counter);
    if (at < 0) return false;
    this.skipped.splice(at, 1);
    return true;
  }
}
