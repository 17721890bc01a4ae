/** The one import direction of the house; see README.md, "Where things are". */
const apart = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to })
module.exports = {
  forbidden: [
    apart('no-circular', {}, { circular: true }, 'A cycle is a module boundary in the wrong place.'),
    apart(
      'contract-and-merge-are-leaves',
      { path: '^(server/contract|sync/contract|sync/merge|uploads/contract)/' },
      { pathNot: '^(server/contract|sync/contract|sync/merge|uploads/contract)/|node_modules/zod/' },
      'Contracts and the pure merge import only zod and each other.',
    ),
    apart(
      'money-is-pure',
      { path: '^sync/money/' },
      { pathNot: '^sync/(money|contract)/' },
      'Amounts and settling take what they need as input.',
    ),
    apart(
      'sync-below-server',
      { path: '^(sync|uploads)/' },
      { path: '^(server|mobile-client-lib)/' },
      'sync and uploads never import server.',
    ),
    apart(
      'library-is-apart',
      { path: '^mobile-client-lib/src/' },
      {
        path: '^(server|sync|uploads)/',
        pathNot: '^(server/contract|sync/contract|sync/merge|uploads/contract)/',
      },
      'The client library imports only contracts and the pure merge.',
    ),
    apart(
      'api-client-is-apart',
      { path: '^server/client/' },
      { pathNot: '^(server/client|server/contract|sync/contract)/|node_modules/zod/' },
      'The typed client knows only the contract.',
    ),
    apart(
      'library-without-node',
      { path: '^mobile-client-lib/src/' },
      { dependencyTypes: ['core'] },
      'The client library runs where there is no Node.',
    ),
    apart(
      'nothing-imports-test',
      { pathNot: '^test/' },
      { path: '^test/' },
      'Tests import the product, never the other way.',
    ),
    apart(
      'no-unresolvable',
      {},
      { couldNotResolve: true, pathNot: '^(rxdb|chai|nano)' },
      'A module that cannot be found.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
