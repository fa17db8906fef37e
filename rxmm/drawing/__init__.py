"""Catalogue entries as calm, repeatable drawings: `pill` the faces, `lettering` what is on them,
`sheet` the captions around them.

Nothing here is drawn at random; random photographs for training are `rxmm.render`'s.
"""
