// Runs in the page: what did each plot that is shown really draw, and does anything stick out?
(() => {
  'use strict';
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0.5 || box.height > 0.5;
  };
  const plots = [...document.querySelectorAll('.chart')].filter((chart) => chart.clientWidth > 0).map((chart) => {
    const plot = echarts.getInstanceByDom(chart);
    plot.getZr().flush();
    const frame = chart.getBoundingClientRect();
    const wanted = plot.getOption().series.flatMap((series) => {
      if (series.name === 'names') return [];
      const paints = series.data.map((item) => item?.itemStyle?.borderColor ?? item?.itemStyle?.color).filter(Boolean);
      const values = series.data.map((item) => (Array.isArray(item) ? item[1] : item?.value ?? item));
      return paints.length > 0 ? paints : values.some((value) => value !== 0) ? [series.color] : [];
    });
    const paths = [...chart.querySelectorAll('svg path')].filter(seen);
    const drawn = new Set(paths.flatMap((path) => [path.getAttribute('fill'), path.getAttribute('stroke')]));
    return {
      title: chart.closest('.panel').querySelector('h3').textContent,
      undrawn: [...new Set(wanted)].filter((color) => !drawn.has(color)),
      colors: new Set(wanted).size,
      cutOff: [...chart.querySelectorAll('svg text')].filter((text) => {
        const box = text.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
      }).map((text) => text.textContent),
    };
  });
  const shown = [...document.querySelectorAll('.page')].filter((page) => page.clientHeight > 0);
  return {
    theme: document.documentElement.dataset.theme,
    paper: getComputedStyle(document.body).backgroundColor,
    width: innerWidth,
    wider: document.documentElement.scrollWidth > innerWidth,
    pages: shown.map((page) => page.id),
    title: document.title,
    bottom: Math.max(...[...document.querySelectorAll('#overview table, #overview .chart')].map((part) => part.getBoundingClientRect().bottom)),
    right: Math.max(...[...document.querySelectorAll('#overview table')].map((part) => part.getBoundingClientRect().right)),
    plots,
  };
})()
