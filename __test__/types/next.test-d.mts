import { describe, expectTypeOf, it } from 'vitest';
import { withFerrolite } from 'ferrolite/next';

/** As Next.js declares it: an interface with optional members and without an index signature. */
interface NextConfig {
  output?: 'standalone' | 'export';
  serverExternalPackages?: string[];
  webpack?: ((config: any) => any) | null;
}

describe('withFerrolite()', () => {
  it('gives the type that it takes', () => {
    const config: NextConfig = { output: 'standalone' };
    expectTypeOf(withFerrolite(config)).toEqualTypeOf<NextConfig>();
    expectTypeOf(withFerrolite(Promise.resolve(config))).toEqualTypeOf<Promise<NextConfig>>();
    const read = async (phase: string, context: { defaultConfig: NextConfig }): Promise<NextConfig> =>
      phase === 'phase-production-server' ? config : context.defaultConfig;
    expectTypeOf(withFerrolite(read)).toEqualTypeOf(read);
  });

  it('keeps literals where a NextConfig is expected', () => {
    const config: NextConfig = withFerrolite({ output: 'standalone' });
    expectTypeOf(config).toEqualTypeOf<NextConfig>();
  });

  it('has the types of the parameters of an inline function', () => {
    withFerrolite((phase) => {
      expectTypeOf(phase).toBeString();
      return {};
    });
    expectTypeOf(withFerrolite().serverExternalPackages).toEqualTypeOf<string[] | undefined>();
  });

  it('refuses what is no configuration', () => {
    // @ts-expect-error a configuration is no number
    withFerrolite(5);
    // @ts-expect-error the packages are a list
    withFerrolite({ serverExternalPackages: 'ferrolite' });
    // @ts-expect-error a function gives a configuration
    withFerrolite(() => 5);
  });
});
