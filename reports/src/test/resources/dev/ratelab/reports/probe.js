// Runs in the page after its own script: what did each plot really draw, and does anything stick out?
(() => {
  'use strict';
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0.5 || box.height > 0.5;
  };
  const plots = [...document.querySelectorAll('.chart')].map((chart) => {
    const plot = echarts.getInstanceByDom(chart);
    plot.getZr().flush();
    const frame = chart.getBoundingClientRect();
    const wanted = plot.getOption().series.flatMap((series) => {
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
  const found = document.createElement('pre');
  found.id = 'probe';
  found.textContent = JSON.stringify({
    theme: document.documentElement.dataset.theme,
    width: innerWidth,
    wider: document.documentElement.scrollWidth > innerWidth,
    plots,
  });
  document.body.append(found);
})();
