import { scheduleCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

suite('schedule', scheduleCases)
