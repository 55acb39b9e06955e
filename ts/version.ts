/** The version of the package, which the addon must have as well. A test compares it with package.json. */
export const PACKAGE_VERSION = '13.100.0';
