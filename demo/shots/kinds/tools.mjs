// What every drawing of a thing needs, from one place.
export { at, fill, stroke, dot, lit, mix, n, WOODS, BRASS, INK } from '../paint.mjs';
export { lathe, glass, caustic, curve, segments, oval, poly, limb, tube, pile, plank, rounded, emerging, raise, scaled, folds, silhouette, project, box, pathThrough } from '../forms.mjs';
