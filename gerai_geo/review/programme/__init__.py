"""The programme around the sites: targets, buildings according to the application export, villages without a site."""
