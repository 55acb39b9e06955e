/** Chromium, driven by Playwright. */
import { createRequire } from 'node:module';
import { onTestFinished } from 'vitest';
import { chromium } from '../../../scripts/lib/chromium.mjs';
import { tool } from '../../../scripts/lib/tools.mjs';

/** The part of Playwright that the tests use: it is installed for them alone, where the compiler does not look. */
export interface Page {
  goto(url: string): Promise<unknown>;
  getByRole(role: string, options?: { name?: string | RegExp }): Locator;
  getByLabel(text: string): Locator;
  getByText(text: string): Locator;
  on(event: 'pageerror', listener: (error: Error) => void): void;
}
export interface Locator {
  click(): Promise<void>;
  fill(value: string): Promise<void>;
  waitFor(): Promise<void>;
  count(): Promise<number>;
  nth(index: number): Locator;
  textContent(): Promise<string | null>;
}
export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}
interface Playwright {
  chromium: { launch(options: object): Promise<Browser> };
}

/**
 * Starts a browser, which is closed when the test has ended. Close it before its server is ended: Node waits for
 * connections that a browser has opened in advance.
 */
export async function openBrowser(): Promise<Browser> {
  const { executablePath, env } = await chromium();
  const playwright = createRequire(import.meta.url)(tool('playwright-core/index.js')) as Playwright;
  const browser = await playwright.chromium.launch({
    executablePath,
    env: { ...process.env, ...env },
    // The pages are our own, and root, who runs containers, has no sandbox. Nothing but the page is asked for.
    args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update'],
  });
  onTestFinished(() => browser.close());
  return browser;
}
