/** The one import direction of the house; fails when it sees no modules, as a check that sees nothing passes always. */
import { createRequire } from 'node:module'
import { cruise, type IReporterOutput, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'

const fewestModules = 40
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: unknown[]
  options: ICruiseOptions
}
const { output }: IReporterOutput = await cruise(
  ['server', 'sync', 'uploads', 'mobile-client-lib/src', 'test'],
  { ...config.options, validate: true, ruleSet: { forbidden: config.forbidden as never } },
  undefined,
  { tsConfig: extractTSConfig('tsconfig.json') },
)
const { modules, summary } = output as ICruiseResult
const own = modules.filter(
  (module) => module.source.endsWith('.ts') && !module.source.includes('node_modules'),
)
for (const violation of summary.violations)
  console.error(`${violation.rule.name}: ${violation.from} → ${violation.to}`)
if (own.length < fewestModules)
  console.error(`Only ${own.length} modules were seen: the check looks at nothing.`)
console.log(`${own.length} modules, ${summary.violations.length} against the import direction`)
process.exitCode = summary.violations.length > 0 || own.length < fewestModules ? 1 : 0
