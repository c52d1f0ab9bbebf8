import { event } from '../events/event.ts'
import { t } from '../words/words.ts'

export const fileSent = event<{ file: string; rows: number; isWhole: boolean }>(
  'file.sent',
  t('File downloaded'),
  ({ file, rows, isWhole }) =>
    isWhole
      ? t('downloaded the file {file} ({count} rows)', { file, count: rows })
      : t('downloaded part of the file {file}, which was interrupted after {count} rows', {
          file,
          count: rows,
        }),
)
