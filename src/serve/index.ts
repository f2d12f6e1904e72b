/** The dashboard's server: reads run folders and shows them in a browser, live or as one file. It changes nothing. */
export type * from './api.ts'
export { buildReport } from './report.ts'
export { type Dashboard, type DashboardOptions, startDashboard } from './server.ts'
