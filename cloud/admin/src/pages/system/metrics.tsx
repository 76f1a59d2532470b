import type { TurnMetrics } from '@mynah/shared/api/system.ts'
import { instant } from '@mynah/shared/time/instant.ts'
import { useState } from 'preact/hooks'
import { lazy } from 'preact-iso'
import { Card } from '../../design/card.tsx'
import { Segments } from '../../design/field.tsx'
import { decimal, longDuration, milliseconds } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Loaded, useResource } from '../../resource/resource.tsx'
import { api, currentHome } from '../../session/session.ts'
import { failureOfTurn } from '../turn-words.tsx'

const Chart = lazy(() => import('./chart.tsx').then((chart) => chart.Chart))
const ranges = { day: 24, week: 168, month: 720 } as const
type Range = keyof typeof ranges

const Tiles = ({ metrics }: { readonly metrics: TurnMetrics }) => {
  const t = useText()
  const firstSound = metrics.hops.end_of_speech_to_first_audio
  const tiles = [
    [firstSound ? milliseconds(firstSound.p50) : '–', t.system.p50],
    [firstSound ? milliseconds(firstSound.p95) : '–', t.system.p95],
    [decimal(metrics.turn_count), t.system.turns],
    [decimal(metrics.failed_count), t.system.failedTurns],
  ] as const
  return (
    <ul class="tiles">
      {tiles.map(([value, name]) => (
        <li key={name} class="card tile">
          <strong class="number">{value}</strong>
          <span class="soft small">{name}</span>
        </li>
      ))}
    </ul>
  )
}

const Charts = ({ metrics }: { readonly metrics: TurnMetrics }) => {
  const t = useText()
  const at = metrics.series.map((slot) => instant(slot.at).getTime() / 1_000)
  const firstSound = metrics.hops.end_of_speech_to_first_audio
  return (
    <div class="columns columns-even">
      <Card title={t.system.latency}>
        <p class="soft small">{t.system.latencyText}</p>
        <Chart
          label={t.system.chartLatency(milliseconds(firstSound?.p50 ?? 0), milliseconds(firstSound?.p95 ?? 0))}
          at={at}
          timeLabel={t.home.audit.when}
          format={milliseconds}
          series={[
            {
              label: 'p50',
              colour: '--accent',
              look: 'line',
              values: metrics.series.map((slot) => slot.latency_p50_ms),
            },
            {
              label: 'p95',
              colour: '--wattle',
              look: 'line',
              values: metrics.series.map((slot) => slot.latency_p95_ms),
            },
          ]}
        />
      </Card>
      <Card title={t.system.turnsOverTime}>
        <p class="soft small">{t.system.eachBar(longDuration(metrics.bucket_s * 1_000))}</p>
        <Chart
          label={t.system.chartTurns(decimal(metrics.turn_count), decimal(metrics.failed_count))}
          at={at}
          timeLabel={t.home.audit.when}
          format={(value) => decimal(value, 1)}
          series={[
            {
              label: t.system.turns,
              colour: '--accent',
              look: 'bars',
              values: metrics.series.map(({ turns }) => turns),
            },
            {
              label: t.system.failedTurns,
              colour: '--bad',
              look: 'bars',
              values: metrics.series.map(({ failed }) => failed),
            },
          ]}
        />
      </Card>
    </div>
  )
}

const HopTable = ({ hops }: { readonly hops: TurnMetrics['hops'] }) => {
  const t = useText()
  const names: Readonly<Record<string, string>> = t.conversations.hopNames
  return (
    <Card title={t.system.hops} flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than the page is scrolled by keyboard. */}
      <section class="table-frame" tabIndex={0} aria-label={t.system.hops}>
        <table class="table number">
          <thead>
            <tr>
              <th scope="col">{t.system.hop}</th>
              <th scope="col" class="end">
                p50
              </th>
              <th scope="col" class="end">
                p95
              </th>
              <th scope="col" class="end">
                {t.system.count}
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(hops).map(([hop, { p50, p95, count }]) => (
              <tr key={hop}>
                <td>{names[hop] ?? <code>{hop}</code>}</td>
                <td class="end">{milliseconds(p50)}</td>
                <td class="end">{milliseconds(p95)}</td>
                <td class="end">{decimal(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  )
}

const Failures = ({ failures }: { readonly failures: TurnMetrics['failures'] }) => {
  const t = useText()
  return (
    <Card title={t.system.failures} flush>
      {failures.length === 0 ? (
        <p class="card-body soft">{t.system.noFailures}</p>
      ) : (
        <ul class="list">
          {failures.map(({ stage, code, count }) => (
            <li key={`${stage} ${code}`} class="list-row">
              <span class="grow">{failureOfTurn(t, { stage, code })}</span>
              <span class="number">{decimal(count)}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

/** How fast and how often Mynah answered. */
export const Metrics = () => {
  const t = useText()
  const [range, setRange] = useState<Range>('day')
  const homeId = currentHome.value?.home_id
  const resource = useResource(`${range} ${homeId}`, (signal) =>
    api.call('getTurnMetrics', { query: { hours: ranges[range], home_id: homeId } }, { signal }),
  )
  return (
    <div class="stack">
      <div>
        <Segments
          label={t.system.range}
          value={range}
          choices={(['day', 'week', 'month'] as const).map((value) => ({ value, text: t.system.ranges[value] }))}
          onChange={setRange}
        />
      </div>
      <Loaded resource={resource}>
        {(metrics) => (
          <>
            <Tiles metrics={metrics} />
            {metrics.turn_count === 0 ? (
              <p class="soft">{t.system.noTurns}</p>
            ) : (
              <>
                <Charts metrics={metrics} />
                <div class="columns">
                  <HopTable hops={metrics.hops} />
                  <Failures failures={metrics.failures} />
                </div>
              </>
            )}
          </>
        )}
      </Loaded>
    </div>
  )
}
