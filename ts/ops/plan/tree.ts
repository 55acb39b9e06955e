/** A plan as a tree of steps, and as text. */
import { readDetail, type PlanNode, type PlanRow } from './node';
import type { Schema } from './schema';

/** Makes the tree of SQLite's rows. */
export function treeOf(rows: readonly PlanRow[], sql: string, schema: Schema): PlanNode[] {
  const childrenOf = (parent: number): PlanNode[] =>
    rows
      .filter((row) => row.parent === parent)
      .map(({ id, notused, detail }) => {
        const read = readDetail(detail, (name) => schema.tableOf(name, sql) !== undefined);
        const table = read.table === undefined ? undefined : schema.tableOf(read.table, sql);
        return Object.assign(read, {
          estimatedCost: notused > 0 ? Math.round(2 ** (notused / 10)) : undefined,
          estimatedRows: table === undefined ? undefined : schema.statistics.rowsOf(read, table),
          children: childrenOf(id),
        });
      });
  return childrenOf(0);
}

/** All steps, each before those within it. */
export function stepsOf(nodes: readonly PlanNode[]): PlanNode[] {
  return nodes.flatMap((node) => [node, ...stepsOf(node.children)]);
}

/** What one would rather not see in a plan. */
export const problemOf = (node: PlanNode): string | undefined => {
  if (node.automaticIndex) return 'automatic index';
  if (node.temporaryBTree !== undefined) return `temporary B-tree for ${node.temporaryBTree}`;
  return node.fullScan ? 'full scan' : undefined;
};

const rowsText = (rows: number): string =>
  `about ${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`;

/** The tree with a line for each step. */
export function render(nodes: readonly PlanNode[], indent = ''): string {
  return nodes
    .map((node, position) => {
      const isLast = position === nodes.length - 1;
      const notes = [
        problemOf(node),
        node.correlated ? 'for each row' : undefined,
        node.estimatedRows === undefined ? undefined : rowsText(node.estimatedRows),
      ].filter((note) => note !== undefined);
      const line = `${indent}${isLast ? '└─ ' : '├─ '}${node.detail}`;
      const text = notes.length === 0 ? line : `${line}  [${notes.join(', ')}]`;
      const below = render(node.children, `${indent}${isLast ? '   ' : '│  '}`);
      return below === '' ? text : `${text}\n${below}`;
    })
    .join('\n');
}
