// The annotated tree as text and as JSON
import type { Node } from "./trace.ts";

const OFFSET_WIDTH = 6;

export function treeText(node: Node, depth = 0): string[] {
  const place = `${node.offset}`.padStart(OFFSET_WIDTH);
  const value = node.value === undefined ? "" : `: ${node.value}`;
  const problem = node.problem === undefined ? "" : `  <-- stopped here: ${node.problem}`;
  const line = `${place}  ${"  ".repeat(depth)}${node.name}${value}${problem}`;
  return [line, ...node.children.flatMap((child) => treeText(child, depth + 1))];
}
