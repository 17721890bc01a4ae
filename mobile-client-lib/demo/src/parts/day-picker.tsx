/** Going from day to day. */
import { link } from '../place.ts'
import { dayName, daysFrom, shortDayName, today } from '../words.ts'

export const DayPicker = ({ date, zone }: { date: string; zone: string }) => (
  <div class="days">
    <a href={link.diary(daysFrom(date, -1))} aria-label="The day before" class="step">
      ‹
    </a>
    <h1>
      <a href={link.diary()}>{date === today(zone) ? 'Today' : shortDayName(date)}</a>
      {date === today(zone) && <small>{dayName(date)}</small>}
    </h1>
    <a href={link.diary(daysFrom(date, 1))} aria-label="The day after" class="step">
      ›
    </a>
  </div>
)
