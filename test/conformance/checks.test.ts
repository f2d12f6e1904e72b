import '../../src/doctor/index.ts'
import { checkCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('check', checkCases)
