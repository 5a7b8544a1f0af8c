(() => {
  'use strict';
  // STYLES stands before this script: algorithms.json and designs.json.
  const VARIANT_DASHES = [[], [2, 3], [8, 3], [8, 3, 2, 3]];
  const LIMIT_DASHES = [[5, 4], [1, 3], [10, 3, 2, 3], [14, 4]];
  const PEER = { color: '#808080', dash: [], symbol: 'none', width: 2 };
  const DECIDED = {
    admitted: { color: '#12855C', symbol: 'circle', hollow: false },
    denied: { color: '#EE5A32', symbol: 'rect', hollow: true },
  };
  const WRONG = { denied: '#0B68B4', allowed: '#EE5A32' };

  const charts = JSON.parse(document.getElementById('charts').textContent);
  const darkScreen = matchMedia('(prefers-color-scheme: dark)');
  let printing = false;

  const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif';
  const canvas = document.createElement('canvas').getContext('2d');

  // The plotting library measures an axis' labels in another font than it draws them in, and then cuts them off.
  function widest(texts, weight) {
    canvas.font = `${weight} 12px ${FONT}`;
    return Math.ceil(Math.max(0, ...texts.map((text) => canvas.measureText(text).width)));
  }

  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => '&#' + c.charCodeAt(0) + ';');

  function theme() {
    return darkScreen.matches && !printing
      ? { ink: '#e6e8eb', soft: '#a2abb5', line: '#363c44', paper: '#14171b', limit: '#b4bcc6' }
      : { ink: '#1b1f24', soft: '#57606a', line: '#d8dee4', paper: '#ffffff', limit: '#57606a' };
  }

  // ---- numbers ----
  const digits = (v) => String(Number(v.toPrecision(3)));
  function show(unit, v) {
    const size = Math.abs(v);
    if (v === 0) return '0';
    if (unit === 'us') {
      if (size >= 1e6) return digits(v / 1e6) + ' s';
      if (size >= 1e3) return digits(v / 1e3) + ' ms';
      return size < 1 ? digits(v * 1e3) + ' ns' : digits(v) + ' µs';
    }
    if (unit === '1/s' || unit === 'B') {
      const tail = unit === 'B' ? 'B' : '';
      if (size >= 1e6) return digits(v / 1e6) + ' M' + tail;
      if (size >= (tail ? 1e4 : 1e3)) return digits(v / 1e3) + ' k' + tail;
      return digits(v) + (tail ? ' B' : '');
    }
    if (unit === 'share') return digits(size * 100) + ' %';
    if (unit === 'ratio') return digits(v) + '×';
    if (size >= 1e4) return show('1/s', v);
    if (size < 1e-3) return v.toExponential(0).replace('e-', '·10⁻').replace(/\d+$/, (n) => [...n].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]).join('')).replace('1·', '');
    return digits(v);
  }
  const range = (unit, low, high) => (low < high ? ` (95 %: ${show(unit, low)} … ${show(unit, high)})` : '');
  const percentile = (x) => {
    const p = 100 - 100 / x;
    const decimals = Math.max(0, Math.round(Math.log10(x)) - 2);
    return p.toFixed(x < 10 ? 0 : decimals) + ' %';
  };

  // ---- what a series looks like ----
  function look(series, t) {
    if (series.style === 'admitted' || series.style === 'over') {
      const { color, symbol } = DECIDED[series.style === 'over' ? 'denied' : 'admitted'];
      return { color, dash: [], symbol, width: 0 };
    }
    if (series.style === 'bound') return { color: t.ink, dash: [5, 4], symbol: 'none', width: 1.5 };
    if (series.style === 'limit') {
      return { color: t.limit, dash: LIMIT_DASHES[series.variant % LIMIT_DASHES.length], symbol: 'none', width: 1.8 };
    }
    const base = STYLES[series.style] || PEER;
    // A curve of one point is nothing but its mark.
    return series.variant === 0 ? base
      : { ...base, dash: VARIANT_DASHES[series.variant % VARIANT_DASHES.length], width: 2, symbol: series.points?.length === 1 ? base.symbol : 'none' };
  }

  function mark({ symbol, hollow, color }, x, y, paper) {
    const paint = hollow ? `fill="${paper}" stroke="${color}" stroke-width="1.6"` : `fill="${color}"`;
    switch (symbol) {
      case 'rect': return `<rect x="${x - 3.5}" y="${y - 3.5}" width="7" height="7" ${paint}/>`;
      case 'triangle': return `<path d="M${x} ${y - 4.5}l4.5 8.5h-9z" ${paint}/>`;
      case 'diamond': return `<path d="M${x} ${y - 5}l4.5 5l-4.5 5l-4.5 -5z" ${paint}/>`;
      case 'down': return `<path d="M${x - 4.5} ${y - 4}h9l-4.5 8.5z" ${paint}/>`;
      case 'left': return `<path d="M${x + 4} ${y - 4.5}v9l-8.5 -4.5z" ${paint}/>`;
      case 'plus': return `<path d="M${x - 1.6} ${y - 4.6}h3.2v3h3v3.2h-3v3h-3.2v-3h-3v-3.2h3z" ${paint}/>`;
      case 'circle': return `<circle cx="${x}" cy="${y}" r="3.8" ${paint}/>`;
      default: return '';
    }
  }

  // The plotting library knows not all of them by name.
  const PATHS = { down: 'path://M0,0L10,0L5,9Z', left: 'path://M9,0L9,10L0,5Z', plus: 'path://M3.4,0H6.6V3.4H10V6.6H6.6V10H3.4V6.6H0V3.4H3.4Z', none: 'circle' };
  const drawable = (symbol) => PATHS[symbol] ?? symbol ?? 'circle';

  function sample(style, t) {
    return `<svg width="34" height="12" aria-hidden="true"><line x1="0" y1="6" x2="34" y2="6" stroke="${style.color}"`
      + ` stroke-width="${Math.min(style.width, 3.5)}" stroke-dasharray="${style.dash.join(' ')}"/>`
      + mark(style, 17, 6, t.paper) + '</svg>';
  }

  // ---- axes ----
  function axis(spec, t, position) {
    const horizontal = position === 'x';
    const log = spec.scale !== 'linear';
    return {
      type: log ? 'log' : 'value',
      name: spec.name,
      nameLocation: 'middle',
      nameGap: horizontal ? 26 : 46,
      nameTextStyle: { color: t.soft, fontSize: 12 },
      axisLine: { show: horizontal, onZero: false, lineStyle: { color: t.soft } },
      axisTick: { show: horizontal },
      axisLabel: {
        color: t.soft, fontSize: 11, hideOverlap: true,
        // The axis' name says that these are bytes.
        formatter: (v) => (spec.scale === 'percentile' ? percentile(v) : show(spec.unit === 'B' ? '1' : spec.unit, v)),
      },
      splitLine: { show: true, lineStyle: { color: t.line, opacity: 0.7 } },
      minorSplitLine: { show: false },
    };
  }

  const base = (t) => ({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: FONT, color: t.ink },
    tooltip: {
      backgroundColor: t.paper, borderColor: t.line, textStyle: { color: t.ink, fontSize: 12 }, confine: true,
    },
  });

  // ---- kinds of plots ----
  function lines(spec, t) {
    const option = {
      ...base(t),
      // Half of the last label stands out to the right.
      grid: { left: 58, right: 30, top: 12, bottom: 44 },
      xAxis: { ...axis(spec.x, t, 'x'), min: spec.x.scale === 'linear' ? 0 : undefined },
      yAxis: axis(spec.y, t, 'y'),
      legend: { show: false },
      series: spec.lines.map((line, index) => {
        const style = look(line, t);
        const every = Math.max(1, Math.ceil(line.points.length / 7));
        return {
          type: 'line', name: line.name, data: line.points, step: line.step ? 'end' : false,
          color: style.color,
          // Where curves coincide, the wide ones must not hide the narrow.
          z: line.style === 'bound' ? 5 : 3 - style.width * 0.1 + index * 0.001,
          lineStyle: { color: style.color, width: style.width, type: style.dash.length ? style.dash : 'solid' },
          symbol: style.symbol === 'none' ? 'none' : drawable(style.symbol), showSymbol: style.symbol !== 'none',
          // What has no line is nothing but its marks.
          symbolSize: style.width === 0 ? 7 : (v, p) => (p.dataIndex % every === (index * 2 + 1) % every ? 8 : 0),
          emphasis: { focus: 'series' },
        };
      }),
    };
    spec.lines.forEach((line) => {
      const ends = line.points.filter((p) => p[2] < p[3]);
      if (ends.length === 0) return;
      option.series.push({
        type: 'line', name: line.name, silent: true, symbol: 'rect', symbolSize: [7, 1.5], z: 6, tooltip: { show: false },
        color: look(line, t).color, lineStyle: { color: look(line, t).color, width: 1.2 },
        data: ends.flatMap((p) => [[p[0], p[2]], [p[0], p[3]], [p[0], '-']]),
      });
    });
    option.tooltip.trigger = 'axis';
    option.tooltip.formatter = (all) => {
      const points = all.filter((p) => p.seriesIndex < spec.lines.length);
      if (points.length === 0) return '';
      const at = points[0].axisValue;
      const head = spec.x.scale === 'percentile' ? percentile(at) : `${spec.x.name}: ${show(spec.x.unit, at)}`;
      return [escape(head), ...points.map((p) => `${sample(look(spec.lines[p.seriesIndex], t), t)} ${escape(p.seriesName)} <b>${escape(show(spec.y.unit, p.value[1]))}</b>${escape(range(spec.y.unit, p.value[2], p.value[3]))}`)]
        .join('<br>');
    };
    return option;
  }

  function rows(spec, t, right) {
    const names = spec.bars.map((bar) => bar.name);
    const category = {
      type: 'category', inverse: true, axisLine: { show: false }, axisTick: { show: false },
    };
    return {
      grid: { left: widest(names, 400) + 12, right: widest(right, 600) + 12, top: 4, bottom: 40 },
      xAxis: { ...axis(spec.x, t, 'x'), nameGap: 24, splitNumber: 3 },
      yAxis: [
        { ...category, data: names, axisLabel: { color: t.ink, fontSize: 12 } },
        { ...category, data: right, position: 'right',
          axisLabel: { color: t.ink, fontSize: 12, fontWeight: 600 } },
      ],
    };
  }

  function bars(spec, t) {
    const between = [];
    spec.bars.forEach((bar, row) => {
      if (bar.low < bar.high) between.push([bar.low, row], [bar.high, row], ['-', row]);
    });
    const limits = spec.bars.filter((bar) => bar.limit);
    const dashOf = (bar) => LIMIT_DASHES[limits.indexOf(bar) % LIMIT_DASHES.length];
    const option = {
      ...base(t),
      ...rows(spec, t, spec.bars.map((bar) => bar.text)),
      series: [
        {
          ...(spec.x.scale === 'log' ? { type: 'scatter', symbolSize: 11, z: 7 } : { type: 'bar', barWidth: '62%' }),
          name: 'value',
          data: spec.bars.map((bar, row) => {
            const { color, symbol } = STYLES[bar.style] || PEER;
            return {
              value: spec.x.scale === 'log' ? [bar.value > 0 ? bar.value : '-', row] : bar.value,
              symbol: drawable(symbol),
              itemStyle: bar.limit
                ? { color: 'transparent', borderColor: t.limit, borderWidth: 1.5, borderType: dashOf(bar) }
                : { color },
            };
          }),
          markLine: {
            symbol: 'none', silent: true, label: { show: false },
            data: [
              ...limits.map((bar) => ({ xAxis: bar.value, lineStyle: { color: t.limit, width: 1.5, type: dashOf(bar) } })),
              ...(spec.x.unit === 'ratio' ? [{ xAxis: 1, lineStyle: { color: t.ink, width: 1.2, type: 'solid' } }] : []),
            ],
          },
        },
        {
          type: 'line', name: 'interval', data: between, silent: true, symbol: 'rect', symbolSize: [1.5, 9], z: 6,
          color: t.ink, lineStyle: { color: t.ink, width: 1.5 },
        },
      ],
    };
    if (spec.x.unit === 'ratio') {
      const far = 1.15 * Math.max(2, ...spec.bars.flatMap((bar) => [bar.high, 1 / bar.low]));
      Object.assign(option.xAxis, { min: 1 / far, max: far, axisLabel: { ...option.xAxis.axisLabel, showMinLabel: false, showMaxLabel: false } });
    }
    option.tooltip.trigger = 'item';
    option.tooltip.formatter = (p) => {
      const bar = spec.bars[p.dataIndex];
      return bar ? `${escape(bar.name)}<br><b>${escape(bar.text)}</b>${escape(range(spec.x.unit, bar.low, bar.high))}` : '';
    };
    return option;
  }

  // Equal on the ruler, not on the eye: marks of the same x stand side by side, with their names spread to the right.
  function strictness(spec, t, box) {
    const log = spec.y.scale === 'log';
    const height = box.clientHeight - 56;
    const ends = spec.spots.flatMap((s) => [s.y, s.low, s.high]).filter((v) => !log || v > 0);
    const top = log ? Math.max(...ends) * 1.3 : Math.max(...ends) * 1.06;
    const bottom = log ? Math.min(...ends) / 1.3 : 0;
    const up = (v) => (log ? Math.log(Math.max(v, bottom) / bottom) / Math.log(top / bottom) : v / top);
    const down = (u) => (log ? bottom * (top / bottom) ** u : u * top);
    const xs = spec.spots.map((s) => s.x);
    const least = Math.min(...xs);
    const most = Math.max(...xs);
    const room = Math.max(most - least, 0.5);
    const beside = 14;
    const names = widest(spec.spots.map((s) => s.name), 400);
    const margin = { left: 20, right: 2 * beside + 10 + names };
    const pixel = room / Math.max(60, box.clientWidth - 62 - margin.left - margin.right);
    // Marks that are nearer to each other than a mark is wide.
    const groups = [];
    [...spec.spots].sort((a, b) => a.x - b.x || b.y - a.y).forEach((s) => {
      const last = groups[groups.length - 1];
      if (last && s.x - last[0].x < 20 * pixel) last.push(s); else groups.push([s]);
    });
    // Of these, only what would hide each other stands side by side, centred on its place.
    const at = new Map();
    groups.forEach((group) => {
      const columns = [];
      [...group].sort((a, b) => b.y - a.y).forEach((s) => {
        const hides = (o) => Math.abs(up(s.y) - up(o.y)) * height < 16 || (s.low <= o.high && o.low <= s.high);
        const free = columns.find((column) => !column.some(hides));
        if (free) free.push(s); else columns.push([s]);
      });
      // Side by side in the order of their places, whatever their height.
      const place = (column) => Math.min(...column.map((s) => s.x));
      columns.sort((a, b) => place(a) - place(b));
      const centre = group.reduce((sum, s) => sum + s.x, 0) / group.length;
      columns.forEach((column, i) => column.forEach((s) => {
        at.set(s, columns.length === 1 ? s.x : centre + (i - (columns.length - 1) / 2) * beside * pixel);
      }));
    });
    const first = (group) => Math.min(...group.map((s) => at.get(s)));
    const last = (group) => Math.max(...group.map((s) => at.get(s)));
    // Where a group's names would lie on the marks of the next, all names stand in one list at the right.
    const apart = groups.slice(1).every((group, i) => (first(group) - last(groups[i])) / pixel
      > widest(groups[i].map((s) => s.name), 400) + 20);
    const spots = (apart ? groups : [groups.flat()]).flatMap((group) => {
      const line = 15 / height;
      const byHeight = [...group].sort((a, b) => b.y - a.y);
      const wanted = byHeight.map((s) => Math.min(1 - line / 2, up(s.y)));
      for (let i = 1; i < wanted.length; i++) wanted[i] = Math.min(wanted[i], wanted[i - 1] - line);
      for (let i = wanted.length - 1, floor = line / 2; i >= 0; i--, floor += line) wanted[i] = Math.max(wanted[i], floor);
      return group.map((s) => ({
        ...s, at: at.get(s), label: [last(group) + 10 * pixel, down(wanted[byHeight.indexOf(s)])],
      }));
    });
    const option = {
      ...base(t),
      grid: { left: 58, right: 4, top: 10, bottom: 42 },
      xAxis: {
        ...axis(spec.x, t, 'x'), min: least - margin.left * pixel, max: least + room + margin.right * pixel, nameGap: 24,
        splitLine: { show: false },
        axisTick: { show: false },
        minInterval: 0.5,
        // To the right of the marks is nothing but their names.
        axisLabel: { color: t.soft, fontSize: 11, showMinLabel: false, showMaxLabel: false, formatter: (v) => (v > most + 0.01 ? '' : digits(v)) },
      },
      yAxis: { ...axis(spec.y, t, 'y'), min: bottom, max: top, axisLabel: { ...axis(spec.y, t, 'y').axisLabel, showMaxLabel: false } },
      legend: { show: false },
      series: [
        {
          type: 'line', name: 'interval', silent: true, symbol: 'rect', symbolSize: [7, 1.5], z: 2, color: t.soft,
          lineStyle: { color: t.soft, width: 1.3 },
          data: spots.flatMap((s) => (s.low < s.high ? [[s.at, Math.max(s.low, bottom)], [s.at, s.high], [s.at, '-']] : [])),
        },
        {
          type: 'line', name: 'leader', silent: true, symbol: 'none', z: 1, color: t.line, lineStyle: { color: t.line, width: 1 },
          data: spots.flatMap((s) => [[s.at, s.y], s.label, [s.at, '-']]),
        },
        {
          type: 'scatter', name: 'price', z: 4, symbolSize: 11,
          data: spots.map((s) => {
            const style = STYLES[s.name] || PEER;
            return {
              value: [s.at, s.y],
              symbol: drawable(style.symbol),
              itemStyle: { color: style.color, opacity: 1 },
            };
          }),
        },
        {
          type: 'scatter', name: 'names', silent: true, z: 3, symbolSize: 0.1, color: t.ink,
          data: spots.map((s) => ({
            value: s.label,
            label: { show: true, position: 'right', distance: 3, formatter: () => s.name, color: t.ink, fontSize: 12 },
          })),
        },
      ].filter((series) => series.data.length > 0),
    };
    option.tooltip.trigger = 'item';
    option.tooltip.formatter = (p) => {
      const s = p.seriesName === 'price' ? spots[p.dataIndex] : undefined;
      return s ? `<b>${escape(s.name)}</b><br>${s.facts.map(escape).join('<br>')}` : '';
    };
    return option;
  }

  function designs(spec, t) {
    // A zero has no logarithm: there it stands on the edge, a step below the smallest value.
    const scaled = (part, ends) => {
      const log = part.scale === 'log';
      const values = spec.spots.flatMap(ends);
      const above = values.filter((v) => v > 0);
      const least = Math.min(...above);
      const edge = log ? 10 ** (Math.ceil(Math.log10(least)) - 1) : 0;
      const zero = log && values.some((v) => v === 0);
      const from = zero && edge > least / 2 ? edge / 10 : edge;
      const label = (v) => (zero && v <= from * 1.001 ? '0' : show(part.unit, v));
      return { place: (v) => Math.max(v, from), from, to: log ? 10 ** Math.ceil(Math.log10(Math.max(...above)) - 1e-9) : undefined, label };
    };
    const both = (s) => [s.x, s.y];
    const x = scaled(spec.x, spec.equal ? both : (s) => [s.x]);
    const y = scaled(spec.y, spec.equal ? both : (s) => [s.y]);
    const names = [...new Set(spec.spots.map((s) => s.name))];
    const of = (name) => spec.spots.filter((s) => s.name === name).sort((a, b) => a.x - b.x || a.y - b.y);
    const style = (name) => STYLES[name] || PEER;
    const most = Math.max(...spec.spots.flatMap(both)) * 1.1;
    const end = x.to ?? most;
    const option = {
      ...base(t),
      grid: { left: 68, right: 30, top: 12, bottom: 44 },
      xAxis: { ...axis(spec.x, t, 'x'), min: x.from, max: spec.equal ? end : x.to },
      yAxis: { ...axis(spec.y, t, 'y'), nameGap: 56, min: y.from, max: spec.equal ? end : y.to },
      legend: { show: false },
      series: [
        ...names.map((name) => ({
          type: 'line', name, z: 4, color: style(name).color,
          lineStyle: { color: style(name).color, width: spec.equal ? 0 : 1.6, type: style(name).dash.length ? style(name).dash : 'solid' },
          symbol: drawable(style(name).symbol), symbolSize: 9, showSymbol: true,
          data: of(name).map((s) => [x.place(s.x), y.place(s.y)]),
        })),
        ...names.map((name) => ({
          type: 'line', name, silent: true, symbol: 'rect', symbolSize: [7, 1.5], z: 6, tooltip: { show: false },
          color: style(name).color, lineStyle: { color: style(name).color, width: 1.2 },
          data: of(name).flatMap((s) => (s.low < s.high ? [[x.place(s.x), y.place(s.low)], [x.place(s.x), y.place(s.high)], [x.place(s.x), '-']] : [])),
        })),
        ...(spec.equal ? [{
          type: 'line', name: 'equal', silent: true, symbol: 'none', z: 1, color: t.ink,
          lineStyle: { color: t.ink, width: 1.2, type: [5, 4] }, data: [[x.from, y.from], [end, end]],
        }] : []),
      ].filter((series) => series.data.length > 0),
    };
    const ends = spec.equal && x.to === undefined ? { showMaxLabel: false } : {};
    option.xAxis.axisLabel = { ...option.xAxis.axisLabel, ...ends, formatter: x.label };
    option.yAxis.axisLabel = { ...option.yAxis.axisLabel, ...ends, formatter: y.label };
    option.tooltip.trigger = 'item';
    option.tooltip.formatter = (p) => {
      const s = of(p.seriesName)[p.dataIndex];
      return s ? `${sample(style(s.name), t)} <b>${escape(s.name)}</b><br>${s.facts.map(escape).join('<br>')}` : '';
    };
    return option;
  }

  function differences(spec, t) {
    const most = Math.max(1e-4, ...spec.bars.flatMap((bar) => [bar.denied, bar.allowed]));
    const part = (name, color, value) => ({
      type: 'bar', name, stack: 'wrong', barWidth: '62%', color, data: spec.bars.map(value),
    });
    const frame = rows(spec, t, spec.bars.map((bar) => bar.text));
    frame.xAxis.min = -most * 1.05;
    frame.xAxis.max = most * 1.05;
    frame.xAxis.axisLabel.showMinLabel = false;
    frame.xAxis.axisLabel.showMaxLabel = false;
    const option = {
      ...base(t),
      ...frame,
      legend: { show: false },
      series: [
        part('wrongly denied', WRONG.denied, (bar) => -bar.denied),
        part('wrongly allowed', WRONG.allowed, (bar) => bar.allowed),
      ],
    };
    option.series[0].markLine = {
      symbol: 'none', silent: true, label: { show: false }, data: [{ xAxis: 0 }], lineStyle: { color: t.soft, type: 'solid' },
    };
    option.tooltip.trigger = 'item';
    option.tooltip.formatter = (p) => {
      const bar = spec.bars[p.dataIndex];
      return `${escape(bar.name)}<br>wrongly denied <b>${escape(show('share', bar.denied))}</b>`
        + `<br>wrongly allowed <b>${escape(show('share', bar.allowed))}</b>`;
    };
    return option;
  }

  function timeline(spec, t) {
    // Side by side, as those that come at once would hide each other.
    const beside = spec.marks.map((m, i) => {
      let before = i;
      while (before > 0 && spec.marks[before - 1].at === m.at) before--;
      return Math.min(i - before, 12) * 9;
    });
    const end = Math.max(1, ...spec.marks.map((m) => m.at), ...spec.lines.flatMap((line) => line.points.map((p) => p[0])));
    const marks = (name, wanted) => {
      const { color, symbol, hollow } = DECIDED[name];
      return {
        type: 'scatter', name, color, symbol, symbolSize: 11, z: 4,
        itemStyle: hollow ? { color: 'transparent', borderColor: color, borderWidth: 2 } : { color, opacity: 0.8 },
        data: spec.marks.flatMap((m, number) => (m.allowed === wanted
          ? [{ value: [m.at, m.cost, number], symbolOffset: [beside[number], 0] }] : [])),
      };
    };
    const option = {
      ...base(t),
      grid: { left: 58, right: 30, top: 12, bottom: 44 },
      xAxis: { ...axis(spec.x, t, 'x'), min: 0, max: end, minInterval: 1, splitNumber: 3 },
      yAxis: { ...axis(spec.y, t, 'y'), min: 0, minInterval: 1 },
      legend: { show: false },
      series: [
        ...spec.lines.map((line) => {
          const style = look(line, t);
          return {
            type: 'line', name: line.name, data: line.points, color: style.color, showSymbol: false,
            lineStyle: { color: style.color, width: style.width, type: style.dash.length ? style.dash : 'solid' },
          };
        }),
        marks('admitted', true),
        marks('denied', false),
      ].filter((series) => series.data.length > 0),
    };
    option.tooltip.trigger = 'item';
    option.tooltip.formatter = (p) => `request ${p.value[2]}, ${escape(p.seriesName)}<br>${escape(show('us', p.value[0]))} after the first,`
      + ` cost <b>${escape(String(p.value[1]))}</b>`;
    return option;
  }

  const KINDS = { lines, bars, differences, timeline, strictness, designs };

  // ---- legends: buttons outside the plot, so that they wrap instead of overlapping ----
  function legend(box, spec, t, instance) {
    const curves = () => spec.lines.map((line) => ({ name: line.name, picture: sample({ ...look(line, t), symbol: spec.kind === 'lines' ? look(line, t).symbol : 'none' }, t) }));
    const entries = spec.kind === 'lines' ? curves()
      : spec.kind === 'timeline'
        ? [
          ...Object.entries(DECIDED).filter(([name]) => spec.marks.some((m) => m.allowed === (name === 'admitted')))
            .map(([name, style]) => ({
              name, picture: `<svg width="12" height="12" aria-hidden="true">${mark(style, 6, 6, t.paper)}</svg>`,
            })),
          ...curves(),
        ]
      : spec.kind === 'designs'
        ? [...new Set(spec.spots.map((s) => s.name))].map((name) => ({ name, picture: sample(STYLES[name] || PEER, t) }))
      : spec.kind === 'differences'
        ? [['wrongly denied', WRONG.denied], ['wrongly allowed', WRONG.allowed]].map(([name, color]) => ({
          name, picture: `<svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill="${color}"/></svg>`,
        }))
        : [];
    box.replaceChildren(...entries.map(({ name, picture }) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      button.title = 'Show or hide';
      button.innerHTML = picture;
      button.append(name);
      button.addEventListener('click', () => {
        instance.dispatchAction({ type: 'legendToggleSelect', name });
        button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
      });
      return button;
    }));
  }

  // ---- drawing ----
  const observer = new ResizeObserver((entries) => {
    if (!printing) entries.forEach(({ target }) => fit(target));
  });

  // With a view box the browser can scale a plot to the paper when printing.
  function fit(box) {
    const instance = echarts.getInstanceByDom(box);
    // A page that is not shown has no width.
    if (!instance || box.clientWidth === 0) return;
    if (instance.getWidth() !== box.clientWidth || instance.getHeight() !== box.clientHeight) {
      instance.resize();
      const spec = charts[Number(box.dataset.chart)];
      if (spec.kind === 'strictness') instance.setOption(KINDS.strictness(spec, theme(), box));
    }
    const svg = box.querySelector('svg');
    if (svg) svg.setAttribute('viewBox', `0 0 ${instance.getWidth()} ${instance.getHeight()}`);
  }

  function drawn(box) {
    const t = theme();
    const spec = charts[Number(box.dataset.chart)];
    if (spec.bars) box.style.height = `${spec.bars.length * 27 + 52}px`;
    echarts.getInstanceByDom(box)?.dispose();
    const instance = echarts.init(box, null, { renderer: 'svg' });
    instance.setOption(KINDS[spec.kind](spec, t, box));
    legend(box.previousElementSibling, spec, t, instance);
    fit(box);
    observer.observe(box);
  }

  // What is not shown is drawn when it is, so that the first page does not wait for the last.
  function draw() {
    document.documentElement.dataset.theme = darkScreen.matches && !printing ? 'dark' : 'light';
    document.querySelectorAll('.chart').forEach((box) => {
      if (box.clientWidth > 0) drawn(box); else echarts.getInstanceByDom(box)?.dispose();
    });
  }

  // ---- pages ----
  const pages = [...document.querySelectorAll('.page')];
  const site = document.title;
  const current = () => {
    // An id is plain letters; whatever else stands there is no page.
    const found = document.getElementById(location.hash.slice(1));
    return found?.closest('.page') ?? pages[0];
  };

  function turn() {
    const shown = current();
    document.documentElement.classList.add('paged');
    pages.forEach((page) => page.classList.toggle('shown', page === shown));
    document.querySelectorAll('nav a').forEach((link) => {
      if (link.hash === `#${shown.id}`) {
        link.setAttribute('aria-current', 'page');
        link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      } else {
        link.removeAttribute('aria-current');
      }
    });
    const title = shown.querySelector('h1, h2').textContent;
    document.title = `${title} – ${site}`;
    shown.querySelectorAll('.chart').forEach((box) => {
      if (!echarts.getInstanceByDom(box)) drawn(box);
    });
    if (location.hash === '' || location.hash === `#${shown.id}`) scrollTo(0, 0);
    // A place within a page could not be found before the page was shown.
    else document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }

  function print(begin) {
    if (printing === begin) return;
    printing = begin;
    document.documentElement.classList.toggle('paged', !begin);
    document.querySelectorAll('details').forEach((details) => { details.open = begin; });
    draw();
  }

  function swatches() {
    document.querySelectorAll('tbody th').forEach((cell) => {
      const style = STYLES[cell.firstChild?.textContent.trim()];
      if (style && !cell.closest('#everything')) {
        cell.insertAdjacentHTML('afterbegin', `<svg class="swatch" width="14" height="12" aria-hidden="true">${
          mark(style, 7, 6, 'none')}</svg>`);
      }
    });
  }

  function filter() {
    const input = document.getElementById('filter');
    if (!input) return;
    const found = [...input.closest('section').querySelectorAll('tbody tr')];
    const texts = found.map((row) => [...row.cells].map((cell) => cell.textContent).join(' ').toLowerCase());
    input.closest('p').hidden = false;
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      found.forEach((row, i) => {
        row.hidden = !words.every((word) => texts[i].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      document.querySelector('.filter output').textContent = words.length ? `${shown} of ${found.length}` : '';
    });
  }

  swatches();
  filter();
  document.documentElement.dataset.theme = darkScreen.matches ? 'dark' : 'light';
  turn();
  addEventListener('hashchange', turn);
  darkScreen.addEventListener('change', draw);
  addEventListener('beforeprint', () => print(true));
  addEventListener('afterprint', () => print(false));
})();
