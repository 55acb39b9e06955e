import type { NextConfig } from 'next';
import { withFerrolite } from 'ferrolite/next';

const nextConfig: NextConfig = {
  output: 'standalone',
};

export default withFerrolite(nextConfig);
