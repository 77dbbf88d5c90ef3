/** The direction imports may take: services -> services/kit -> mesh/runtime -> proto. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const TESTS = '/testing/|[.]test[.]ts$';

module.exports = {
  forbidden: [
    forbid('no-cycles', 'A cycle has no direction.', {}, { circular: true }),
    forbid(
      'service-stands-alone',
      'A service knows another only by its contract; those of the market share what bars and options are, and how ticks are sent.',
      { path: '^services/(?!kit/)([^/]+/[^/]+)/', pathNot: TESTS },
      { path: '^services/', pathNot: '^services/(kit|$1|market/(bars|options|ticks))/' },
    ),
    forbid(
      'tests-stand-alone',
      "Of another service, tests use what its own tests do, such as feed's market.",
      { path: `^services/(?!kit/)([^/]+/[^/]+).*(${TESTS})` },
      {
        path: '^services/',
        pathNot: '^services/(kit|$1|market/(bars|options|ticks)|[^/]+/[^/]+/testing)/',
      },
    ),
    forbid(
      'options-are-mathematics',
      'Functions of numbers: no service, no mesh, no contract, no file.',
      { path: '^services/market/options/', pathNot: TESTS },
      { pathNot: '^services/market/options/' },
    ),
    forbid(
      'kit-knows-no-service',
      'The kit is below the services.',
      { path: '^services/kit/' },
      { path: '^services/(?!kit/)' },
    ),
    forbid(
      'services-use-the-runtime-only',
      'Of the mesh, services import mesh/runtime, mesh/events, mesh/principal, mesh/consul, mesh/contracts and what makes documents of them.',
      { path: '^services/' },
      { path: '^mesh/(?!(runtime|events|principal|consul|contracts|openapi|testing)/)' },
    ),
    forbid(
      'mesh-is-below',
      'The mesh knows no service and no gateway.',
      { path: '^mesh/' },
      { path: '^(services|gateway|deploy|bench|examples|test)/' },
    ),
    forbid(
      'control-plane-without-runtime',
      'The control plane imports no runtime code.',
      { path: '^mesh/control/' },
      { path: '^mesh/(runtime|cli)/' },
    ),
    forbid(
      'control-plane-watches-below',
      'In the control plane: syntax <- watch <- chain <- translate <- plan.',
      { path: '^mesh/control/watch/' },
      { path: '^mesh/control/(chain|translate|plan|admin)/' },
    ),
    forbid(
      'control-plane-evaluates-below',
      'A chain is evaluated without a thought of xDS.',
      { path: '^mesh/control/chain/' },
      { path: '^mesh/control/(translate|xds|plan|admin)/' },
    ),
    forbid(
      'control-plane-xds-alone',
      'The xDS server knows nothing of what it serves.',
      { path: '^mesh/control/xds/' },
      { path: '^mesh/control/(watch|chain|translate|plan|admin)/' },
    ),
    forbid(
      'control-plane-syntax-is-the-bottom',
      'What a name or an expression must look like needs nothing else.',
      { path: '^mesh/control/syntax/', pathNot: '[.]test[.]ts$' },
      { path: '^mesh/control/(?!syntax/)' },
    ),
    forbid(
      'command-uses-entry-points',
      'Of the runtime, the command imports what is there for it.',
      { path: '^mesh/cli/', pathNot: '/testing/|\\.test\\.ts$' },
      { path: '^mesh/runtime/(?!(program|caller|index)\\.ts)' },
    ),
    forbid(
      'runtime-without-control-plane',
      'A service does not carry the control plane.',
      { path: '^mesh/runtime/' },
      { path: '^mesh/(control|cli)/' },
    ),
    forbid(
      'common-rooms-are-below',
      'mesh/contracts, mesh/consul, mesh/manifest, mesh/local, mesh/principal and mesh/retry serve the other rooms.',
      { path: '^mesh/(contracts|consul|manifest|local|principal|retry)/' },
      { path: '^mesh/(control|runtime|cli)/' },
    ),
    forbid(
      'gateway-reads-contracts',
      'The gateway reads contracts and what tokens are judged by, and nothing of services or of the control plane; its tests try it with the routes of that.',
      { path: '^gateway/', pathNot: '^gateway/testing/' },
      { path: '^(services|deploy)/|^mesh/(?!(contracts|consul|logging|principal|testing)/)' },
    ),
    forbid(
      'testing-is-for-tests',
      'What runs in production imports nothing that is for tests.',
      {
        path: '^(proto|mesh|gateway|services|deploy|examples)/',
        pathNot: '/testing/|[.]test[.]ts$',
      },
      { path: '/testing/|[.]test[.]ts$|^(bench|test)/' },
    ),
    forbid(
      'examples-stand-alone',
      'Nothing but the whole-mesh tests needs the examples, and they need nothing of the mesh.',
      { path: '^(services|gateway|deploy|bench)/' },
      { path: '^examples/' },
    ),
    forbid(
      'examples-use-no-library',
      'What joins the mesh in another language has no library of ours.',
      { path: '^examples/' },
      { path: '^(mesh|services|gateway)/' },
    ),
    forbid(
      'proto-is-the-bottom',
      'Contracts import nothing of ours.',
      { path: '^proto/' },
      {
        path: '^(mesh|gateway|services|deploy|bench|examples|test)/',
      },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^proto/gen|/node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
};
