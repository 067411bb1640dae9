export {
  type Database as SqlStore,
  d1Database as d1SqlStore,
  type Statement as Sql,
  statement as sql,
} from '../storage/database.ts'
