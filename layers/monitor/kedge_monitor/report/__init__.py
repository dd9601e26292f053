"""One self-contained page that shows a run.

page       the whole page
views      what is said of each feature, and the order of the features
cards      the card of a feature
sections   model quality, bias, attribution, estimated quality
charts     overlaid distributions, paired bars, gauges, as SVG
density    the shape of a number column, as bins of a picture
style      the style sheet; alone: CSS, not Python
markup     HTML in small pieces, escaped by default
"""
