import { hookCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('hook', hookCases)
