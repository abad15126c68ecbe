"""Recorded episodes: a store on disk, its writer, random clips from it, imports and exports."""

from worldmodels.data.clips import Clips as Clips
from worldmodels.data.clips import ClipSampler as ClipSampler
from worldmodels.data.episode import Episode as Episode
from worldmodels.data.record import record as record
from worldmodels.data.store import Episodes as Episodes
from worldmodels.data.store import EpisodeStore as EpisodeStore
from worldmodels.data.writer import EpisodeWriter as EpisodeWriter
