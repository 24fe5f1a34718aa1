"""The words in which a digest is read aloud: 256 of two syllables and 256 of three, in alphabetical order.

The list is this project's own, under its licence. No two words sound alike on a bad line (tests hold the
rule: other first four letters, three or more letters apart within a list, other classes of consonants), and
none is a word of BIP-39: a digest must never look like the seed phrase of a wallet.
"""

from __future__ import annotations

_TWO = """
acorn airship almond amber anvil apron armour aspen atlas axle bagel banjo barley beacon beaver
bellow birdsong biscuit bishop bobcat bodkin bonnet boulder brandy bridle brisket broker bronco
bucket burlap bushel butler button buzzard candle capstan caption carrot cashew cavern cedar chalet
charcoal chestnut chisel chowder circus clamour clarion clover cobalt cobra cockpit collar comet
compass condor corner cosmos crayon crimson crumpet cuckoo curfew cutlass cymbal dagger daisy decoy
denim drifter drummer duchess dungeon emblem falcon feather fennel ferret fiddle figment filbert
flipper fountain foxglove freckle freighter frigate furrow galleon gargoyle garnet gazelle glacier
gopher gravel griffin gully gumdrop gypsum hammock harness hatchet hermit iceberg igloo ingot jackal
jasmine jersey jigsaw jockey jovial kestrel kettle knapsack knuckle lagoon lancer lasso lattice
laurel lentil lilac llama locust longbow magpie mammoth mandrake mascot mermaid minnow mitten
monsoon mustang nectar needle nutmeg oatmeal octave orchid osprey otter outpost paddock pageant
pancake parcel parsnip pasture patchwork peacock pebble pendant penguin perfume petal pilgrim
plaster plumber pollen poppy postcard pretzel primrose puffin puma puppet purple python quartet
quicksand radish ragtime raisin rapids redwood reindeer robin rooster rosebud ruby runner rustic
saffron sailor sandal sardine satin scallop scarlet schooner seaweed shampoo shelter sherbet shingle
shuttle sickle sixpence skylark snapper sofa sparrow spoonful sprinkle sprocket stallion starfish
steeple stencil stirrup stopwatch tablet talcum tankard teacup teapot terrace thicket thimble tinder
toffee tonic topsoil toucan towel tractor treacle trellis triumph trombone trousers truffle tulip
tweezers twilight vanguard vapour waffle walrus wardrobe warlock warren welder whisker widget wizard
wombat woodland workshop zenith zephyr zigzag zodiac
"""

_THREE = """
abacus abdomen acrobat adhesive admiral adventure aerosol afternoon agenda albatross algebra almanac
alphabet altitude amazon ambulance amethyst amnesty amulet anatomy anchovy anorak antelope apartment
aperture appetite apricot architect armistice artichoke asteroid athletic atmosphere attendant
avalanche avenue aviator bagpiper bandana banister barnacle bazooka blackberry bluebottle boomerang
brigadier buccaneer bulldozer bumblebee bungalow burgundy cabaret calendar calico cannonball canopy
cantaloupe caramel cardigan caribou carnation carousel carpenter cartilage cathedral ceramic
chandelier chimpanzee chinchilla cinema citadel clementine concerto confetti cormorant corridor
cranberry crescendo crocodile cucumber currency custodian cylinder daffodil dandelion decimal
delicate diploma domestic dragonfly dynamite elevate embassy emerald emperor enamel enterprise
equator espresso evergreen factory fandango fantastic filament flamenco fluorine forestry formula
fortify furniture gardener gooseberry grenadier guardian halibut harmony hazelnut hemisphere
heritage hexagon hibiscus hickory hologram honeycomb horizon hurricane hyacinth hydrogen iguana
imperial indigo inferno javelin jellyfish jubilee jupiter justify kingfisher labyrinth lavender
lemonade limousine lollipop luminous magazine magistrate manager marathon mariner marmalade marzipan
masquerade maverick mayflower mayonnaise medallion metronome microphone mineral minotaur mistletoe
monument musketeer narrative nautical navigate newspaper nitrogen nobleman observer obstacle octopus
officer organza ornament overcoat panama pantomime paprika parachute parliament passenger pedestal
pentagon peppermint percolate periscope persimmon petticoat pianist pillowcase pineapple platinum
policeman polygon president professor propeller publisher raspberry rectangle referee reservoir
rotunda saboteur samovar samurai sanctuary satellite saxophone sediment senator serenade sidewinder
signature silhouette skeleton sombrero somersault souvenir spaghetti spectacle strawberry studio
submarine surrender syllable symphony tamarind tapestry telegram tentacle theorem torpedo trampoline
triangle trilobite tropical undertow unicorn upholster utensil vacation valentine velodrome veranda
visitor vitamin vocalist watercress wilderness wisteria wolverine xylophone yesterday zeppelin
"""

TWO_SYLLABLES: tuple[str, ...] = tuple(_TWO.split())
THREE_SYLLABLES: tuple[str, ...] = tuple(_THREE.split())
