// The platforms that have a package, one folder of npm/ each.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

/** @type {{ name: string, os: string[], cpu: string[], libc?: string[] }[]} sorted by name */
export const targets = fs
  .readdirSync(path.join(root, 'npm'))
  .toSorted()
  .map((name) => {
    const { os, cpu, libc } = JSON.parse(
      fs.readFileSync(path.join(root, 'npm', name, 'package.json'), 'utf8'),
    );
    return { name, os, cpu, libc };
  });
