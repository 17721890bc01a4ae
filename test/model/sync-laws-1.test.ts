import { describeLaws } from './sync/describe-laws.ts'

// Its 232nd schedule once found a clash that one side did not show.
describeLaws(1000, 1_086_935_545)
