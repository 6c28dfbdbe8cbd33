/** Seeded documents of several paragraphs with questions in other words than their answers. All is made up. */
import { Dice } from './records.mjs'

/** @typedef {{ text: string, question: string, answer: string }} Asked */

/** A sentence of a paragraph, what one may ask about it, and the answer as it stands there. @typedef {readonly [string, string, string]} Told */

const FIRST = ['Margaret', 'Tomás', 'Ingrid', 'Oleg', 'Hana', 'Pierre', 'Amara', 'Walter', 'Lucía', 'Edith', 'Jonas', 'Nadia']
const LAST = ['Ellery', 'Brandt', 'Okafor', 'Lindqvist', 'Moreau', 'Castellano', 'Hayes', 'Novak', 'Tanaka', 'Whitlock', 'Serrano', 'Dahl']
const TOWNS = ['Norwick', 'Halden', 'Saint-Aubin', 'Corvalle', 'Eastmere', 'Brenna', 'Oldcastle', 'Tarnow', 'Lismore', 'Quarto', 'Vellin', 'Harrow']
const GOODS = ['porcelain', 'bicycles', 'clocks', 'rope', 'violins', 'ovens', 'lamps', 'paper']
const ANIMALS = ['heron', 'lynx', 'otter', 'falcon', 'sturgeon', 'marmot']

/** Kinds of paragraphs: `name` is what it is about. @type {readonly ((dice: Dice, name: string) => readonly Told[])[]} */
const KINDS = [
  (dice, name) => {
    const [engineer, metres, flood, months] = [person(dice), 80 + dice.roll(400), year(dice), 3 + dice.roll(20)]
    return [
      [`The ${name} Bridge was put up under the direction of ${engineer}, who had worked on canals before.`, `Who was the engineer of the ${name} Bridge?`, engineer],
      [`It spans ${metres} metres and rests on five piers of granite.`, `How long is the ${name} Bridge?`, `${metres} metres`],
      [`In ${flood} high water tore away the middle arch, and ferries ran for ${months} months.`, `When was the ${name} Bridge damaged by a flood?`, `${flood}`],
      ['Carts paid a toll until the town bought the rights.', '', ''],
      [`Its railings were painted green because red paint had become too dear.`, `Why are the railings of the ${name} Bridge green?`, 'red paint had become too dear'],
    ]
  },
  (dice, name) => {
    const [founder, goods, hands, town] = [person(dice), dice.pick(GOODS), 40 + dice.roll(900), dice.pick(TOWNS)]
    return [
      [`${name} & Sons was founded by ${founder} and sold ${goods} to the whole province.`, `Who started the firm of ${name}?`, founder],
      [`At its height it gave work to ${hands} people, most of them women.`, `How many workers did ${name} & Sons employ?`, `${hands} people`],
      [`The workshops were moved to ${town} after a fire.`, `Where did ${name} & Sons go when its workshops burned?`, town],
      ['Orders were taken by travelling clerks, who were paid by the mile.', '', ''],
      [`Its patents were sold to a rival in ${year(dice)}, and the name was given up.`, `What did the rival buy from ${name} & Sons?`, 'patents'],
    ]
  },
  (dice, name) => {
    const [teacher, opera, born, town] = [person(dice), `The ${dice.pick(['Miller', 'Winter', 'Glass', 'Salt'])} ${dice.pick(['Bride', 'King', 'Road', 'Garden'])}`, year(dice), dice.pick(TOWNS)]
    return [
      [`The composer ${person(dice)} ${name} was born in ${town} in ${born} as the child of an organist.`, `In what year did the life of the composer ${name} begin?`, `${born}`],
      [`${name} took lessons from ${teacher}, but quarrelled with him over the use of drums.`, `Who taught ${name}?`, teacher],
      [`The first success was the opera "${opera}", which ran for two winters.`, `What was the opera called that made ${name} known?`, opera],
      ['Critics found the later works too long.', '', ''],
      [`${name} gave up writing music because of failing eyes, and kept bees.`, `Why did ${name} stop composing?`, 'failing eyes'],
    ]
  },
  (dice, name) => {
    const [hectares, animal, ranger, visitors] = [200 + dice.roll(9000), dice.pick(ANIMALS), person(dice), (2 + dice.roll(90)) * 1000]
    return [
      [`The ${name} Marshes cover ${hectares} hectares between the river and the old railway.`, `What is the area of the ${name} Marshes?`, `${hectares} hectares`],
      [`They are the last place in the country where the ${animal} breeds.`, `Which animal has its young only in the ${name} Marshes?`, animal],
      [`${ranger} was the first ranger and drew the map that is still in use.`, `Who made the map of the ${name} Marshes?`, ranger],
      [`Some ${visitors} guests come every year, nearly all of them in May.`, `How many tourists see the ${name} Marshes each year?`, `${visitors}`],
      ['Peat was cut there for centuries. The ditches can be seen from the air.', '', ''],
    ]
  },
]

/** @param {Dice} dice */
const person = (dice) => `${dice.pick(FIRST)} ${dice.pick(LAST)}`

/** @param {Dice} dice */
const year = (dice) => 1702 + dice.roll(280)

/** A name nobody else has in a document. @param {Dice} dice */
const name = (dice) =>
  `${dice.pick(['Ald', 'Bern', 'Cal', 'Dor', 'Fen', 'Gar', 'Hol', 'Kel', 'Mar', 'Os', 'Pel', 'Ros', 'Sut', 'Tol', 'Wen'])}${dice.pick(['ack', 'bury', 'cott', 'dale', 'erby', 'field', 'gate', 'ham', 'ina', 'low', 'mont', 'ron', 'stow', 'wick'])}`

/** A document and a question about one of its paragraphs. @param {number} seed @returns {Asked} */
export function article(seed) {
  const dice = new Dice(seed)
  const paragraphs = Array.from({ length: 9 + dice.roll(6) }, () => dice.pick(KINDS)(dice, name(dice)))
  const asked = dice.pick(dice.pick(paragraphs).filter(([, question]) => question !== ''))
  const text = paragraphs.map((told) => told.map(([sentence]) => sentence).join(' ')).join('\n\n')
  return { text, question: asked[1], answer: asked[2] }
}
