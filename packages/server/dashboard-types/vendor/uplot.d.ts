/** The types of `vendor/uplot.js`. */
import uPlot from 'uplot';

export default uPlot;
