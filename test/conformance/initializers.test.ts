import { initializerCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('initializer', initializerCases)
