export { brief, isJsonObject, type Json, type JsonObject, parseJson, stringifyJson } from '../core/index.ts'
