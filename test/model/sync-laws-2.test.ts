import { describeLaws } from './sync/describe-laws.ts'

describeLaws(1000, 71_439_571)
